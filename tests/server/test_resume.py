"""Answers that are cut and taken up again, by the module for pages, are exact to the character."""

from __future__ import annotations

from claude_server import ClaudeServer
from server.resuming import resumed


def test_an_answer_cut_anywhere_and_taken_up_again_is_exact(claude: ClaudeServer) -> None:
    runs, met = resumed(claude, range(30), resume_for=30)
    assert all(run.exact and run.error is None for run in runs), runs
    assert [run.asked for run in runs] == [1] * len(runs)
    assert met["cut in the answer"] > len(runs)
    assert set(met) >= {"cut before the question", "cut, and the server not told"}


def test_an_answer_that_cannot_be_taken_up_again_is_a_failure_and_never_a_short_success(
    claude: ClaudeServer,
) -> None:
    runs, _ = resumed(claude, range(10), resume_for=0)
    assert any(run.error for run in runs)
    assert not any(run.short for run in runs)
