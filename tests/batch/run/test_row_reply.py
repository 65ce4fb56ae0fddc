"""The reply to one row, and its outcome."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.batch.run.row_reply import Outcome, RowAsker, RowEnd
from nbstream.content.message import UserMessage
from nbstream.conversation.request.checks import build_defaults
from nbstream.output.output_error import OutputError

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("closed_clients")]


async def ask(url: str, *, messages: Any = (), stop: bool = False, **fields: Any) -> RowEnd:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    defaults, _ = build_defaults(client, model="claude-haiku-4-5", **fields)
    asker = RowAsker(client, defaults, messages, time.monotonic)
    run = asker.new_reply(UserMessage.from_prompt("Is it a or b?"), lambda: None)
    task = run.start()
    if stop:
        await asyncio.sleep(0)
        run.stop("user")
    await asyncio.wait({task})
    return asker.end_of(run)


async def test_an_answer_has_its_value_and_its_record(claude: ClaudeServer) -> None:
    end = await ask(claude.url("row", text='"a"', rate=None), output=Literal["a", "b"])
    assert (end.outcome, end.value, end.text, end.error) == (Outcome.ANSWERED, "a", '"a"', None)
    assert end.record == {
        "text": '"a"',
        "model": "claude-haiku-4-5",
        "usage": {"input_tokens": 10, "output_tokens": 1},
    }
    end = await ask(claude.url("row-text", text="Hello", rate=None))
    assert (end.outcome, end.value) == (Outcome.ANSWERED, "Hello")


async def test_examples_stand_before_the_row(claude: ClaudeServer) -> None:
    examples = [
        {"role": "user", "content": "1"},
        {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
    ]
    await ask(claude.url("row-examples", rate=None), messages=examples)
    body = claude.records_of("row-examples")[0].body
    question = {"role": "user", "content": [{"type": "text", "text": "Is it a or b?"}]}
    assert body["messages"] == [*examples, question]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("max_tokens", "reached max_tokens"),
        ("refusal", "declined"),
        ("model_context_window_exceeded", "context window"),
        ("tool_use", "call of a tool"),
    ],
)
@pytest.mark.parametrize("output", [None, Literal["a", "b"]])
async def test_half_an_answer_is_none(claude: ClaudeServer, reason: str, words: str, output: Any) -> None:
    end = await ask(claude.url(f"row-{reason}", text='"a"', rate=None, stop_reason=reason), output=output)
    assert (end.outcome, end.value, end.text, end.record) == (Outcome.NO_OUTPUT, None, '"a"', None)
    with pytest.raises(OutputError, match=words):
        raise end.error or AssertionError


async def test_an_answer_of_another_type_is_none(claude: ClaudeServer) -> None:
    end = await ask(claude.url("row-misfit", text='"c"', rate=None), output=Literal["a", "b"])
    assert (end.outcome, end.text) == (Outcome.NO_OUTPUT, '"c"')
    assert isinstance(end.error, OutputError)
    assert end.error.is_misfit


async def test_a_failure_has_the_error_of_the_sdk(claude: ClaudeServer) -> None:
    end = await ask(claude.url("row-400", status=(400, "invalid_request_error")))
    assert end.outcome is Outcome.FAILED
    assert isinstance(end.error, anthropic.BadRequestError)


async def test_a_stopped_reply_is_neither(claude: ClaudeServer) -> None:
    assert await ask(claude.url("row-stop", stall_after=1), stop=True) == RowEnd(Outcome.STOPPED)


async def test_the_text_of_an_earlier_run_is_read_by_the_type(claude: ClaudeServer) -> None:
    defaults, _ = build_defaults(output=Literal["a", "b"])
    asker = RowAsker(None, defaults, (), time.monotonic)
    assert asker.read('"b"').value == "b"
    assert asker.read('"c"').outcome is Outcome.NO_OUTPUT
    assert RowAsker(None, {}, (), time.monotonic).read("text").value == "text"
