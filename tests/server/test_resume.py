"""Answers that are cut and resumed by the npm module are exact to the character."""

from __future__ import annotations

from claude_server import ClaudeServer
from server.resuming import read_answers


def test_an_answer_that_is_cut_anywhere_and_resumed_is_exact(claude: ClaudeServer) -> None:
    runs, counts = read_answers(claude, range(30), resume_for=30)
    assert all(run.is_exact and run.error is None for run in runs), runs
    assert [run.requests for run in runs] == [1] * len(runs)
    assert counts["cut in the answer"] > len(runs)
    assert set(counts) >= {"cut before the question", "cut, and the server not told"}


def test_an_answer_that_cannot_be_resumed_is_a_failure_and_never_a_short_success(
    claude: ClaudeServer,
) -> None:
    runs, _ = read_answers(claude, range(10), resume_for=0)
    assert any(run.error for run in runs)
    assert not any(run.is_silently_short for run in runs)
