"""Checks of the arguments of `nbstream.map`: bad input is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import anthropic
import pandas as pd
import pytest

import nbstream
from nbstream.batch.arguments import MAX_ROWS_WITHOUT_BUDGET, BatchArguments

CLIENT = anthropic.AsyncAnthropic(api_key="k", base_url="http://127.0.0.1:9", max_retries=4)
ROWS = pd.DataFrame({"text": ["a", "b"]})


def checked(prompt: Any = "{{text}}", rows: Any = ROWS, **more: Any) -> BatchArguments:
    return BatchArguments.checked(prompt, rows, **{"client": CLIENT, "model": "claude-haiku-4-5", **more})


def test_the_request_has_all_that_the_rows_share() -> None:
    made = checked(system="Be brief", output=Literal["a", "b"], effort="low", max_tokens=100, temperature=0)
    assert made.request["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in made.request
    assert (made.request["max_tokens"], made.request["output_config"]["effort"]) == (100, "low")
    assert made.request["extra_body"] == {"temperature": 0}
    assert made.columns.names == ["answer"]
    assert made.sends_first_alone
    assert (made.client.max_retries, made.max_attempts) == (0, 5)


def test_caching_can_be_set_and_left_out() -> None:
    long = checked(system="Be brief", cache_control="1h")
    assert long.request["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    none = checked(system="Be brief", cache_control=None)
    assert (none.request["system"], none.sends_first_alone) == ("Be brief", False)
    assert not checked().sends_first_alone


def test_examples_and_tools_are_taken(tmp_path: Path) -> None:
    def lookup(word: str) -> str:
        """Look up a word."""
        return word

    examples = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    made = checked(messages=examples, tools=[lookup], max_rounds=2, file=tmp_path / "a.jsonl")
    assert (len(made.messages), made.limits.max_tool_rounds) == (2, 2)
    assert made.request["tools"][0]["name"] == "lookup"
    assert made.toolbox
    assert made.file is not None


def test_a_million_rows_need_a_budget() -> None:
    rows = ["text"] * 1_000_000
    with pytest.raises(ValueError, match=r"1,000,000 rows.*budget=20.*rows\[:100\]"):
        checked("{{row}}", rows)
    assert len(checked("{{row}}", rows, budget=5).rows) == 1_000_000
    assert len(checked("{{row}}", rows[:MAX_ROWS_WITHOUT_BUDGET]).rows) == 10_000


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"prompt": "{{txt}}"}, ValueError, r"Did you mean \{\{text\}\}"),
        ({"prompt": "Hello"}, ValueError, "names no column"),
        ({"rows": ROWS[:0]}, ValueError, "rows is empty"),
        ({"rows": 3}, TypeError, "rows is int"),
        ({"output": dict[str, int]}, TypeError, "mapping with any keys"),
        ({"output": "label"}, TypeError, "output is 'label'"),
        ({"output": lambda: 1}, TypeError, "output is"),
        ({"concurrency": 0}, ValueError, "concurrency is 0"),
        ({"concurrency": -1}, ValueError, "concurrency is -1"),
        ({"concurrency": 5_000}, ValueError, "from 1 to 1,000"),
        ({"concurrency": 2.5}, TypeError, "concurrency is 2.5"),
        ({"concurrency": True}, TypeError, "concurrency is True"),
        ({"concurrency": None}, TypeError, "concurrency is None"),
        ({"budget": -1}, ValueError, "budget is -1"),
        ({"budget": "1"}, TypeError, "budget is '1'"),
        ({"budget": 1, "model": "my-model"}, ValueError, "price of 'my-model'"),
        ({"max_tokens": 0}, ValueError, "max_tokens is 0"),
        ({"model": 3}, TypeError, "model is 3"),
        ({"temprature": 0}, TypeError, "takes no temprature"),
        ({"foo": 1}, TypeError, "takes no foo"),
        ({"show": False}, TypeError, "map takes no show"),
        ({"suggestions": ["a"]}, TypeError, "map takes no suggestions"),
        ({"api_key": "sk-secret"}, TypeError, "api_key belongs to the client"),
        ({"client": anthropic.Anthropic(api_key="k")}, TypeError, "AsyncAnthropic"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "a"}]}, ValueError, "role"),
        ({"approve": "ask"}, ValueError, "approve="),
        ({"approve": 3}, TypeError, "approve is 3"),
        ({"max_rounds": 0}, ValueError, "max_rounds is 0"),
        ({"stall_timeout": -1}, ValueError, "stall_timeout is -1"),
        ({"file": "labels.csv"}, ValueError, r"\.jsonl"),
        ({"cache_control": "2h"}, TypeError, "cache_control is '2h'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        nbstream.map(
            **{"prompt": "{{text}}", "rows": ROWS, "client": CLIENT, "model": "claude-haiku-4-5", **arguments}
        )
    assert "sk-secret" not in str(caught.value)


def test_approval_is_by_a_function() -> None:
    assert callable(checked(approve=lambda *_: True).approve)


def test_a_missing_key_is_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(anthropic.CredentialsError, match="ANTHROPIC_API_KEY"):
        nbstream.map("{{text}}", ROWS)
