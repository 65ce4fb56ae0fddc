"""The widget of a run, without a kernel."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

import nbstream


def batch(claude: ClaudeServer, name: str, **more: Any) -> nbstream.Batch:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url(name, text="ok", rate=None), max_retries=0)
    return nbstream.map("{{row}}", ["a", "b"], client=client, model="claude-haiku-4-5", **more)


def test_its_traits_are_the_progress_and_the_columns(claude: ClaudeServer) -> None:
    made = batch(claude, "widget")
    assert made.columns == ["row", "answer"]
    assert (made.progress["status"], made.progress["done"], made.progress["total"]) == ("done", 2, 2)
    assert set(made.get_state()) >= {"progress", "columns", "_esm", "_address"}


def test_the_class_makes_no_runs() -> None:
    with pytest.raises(TypeError, match=r"nbstream\.map\(…\)"):
        nbstream.Batch()


def test_a_batch_is_neither_copied_nor_pickled(claude: ClaudeServer) -> None:
    made = batch(claude, "widget-copy")
    for act in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            act(made)


def test_its_repr_says_how_it_went(claude: ClaudeServer) -> None:
    assert repr(batch(claude, "widget-repr")).startswith("<nbstream.Batch done, 2 of 2 rows · ")


def test_in_a_script_showing_does_nothing(claude: ClaudeServer) -> None:
    made = batch(claude, "widget-show")
    made.show()
    made._ipython_display_()
    made.close()
    assert made.results == ["ok", "ok"]
    made.stop()
