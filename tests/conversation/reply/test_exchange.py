"""One request and its message, without a reply around them; whole replies are in test_reply.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude.failures.refusals import is_lasting, named_fields
from nbstream.conversation.budget import Budget
from nbstream.conversation.reply.builder import ReplyBuilder
from nbstream.conversation.reply.exchange import Exchange
from nbstream.conversation.reply.stall_watch import StallWatch
from nbstream.conversation.request.form import RequestForm
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript

pytestmark = pytest.mark.anyio

OPUS = "claude-opus-4-8"
REQUEST = {"model": OPUS, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


async def exchange(
    url: str,
    budget: float | None = None,
    *,
    continues: bool = False,
    slack_seconds: Callable[[list[Any]], float] = lambda _: 0.0,
) -> tuple[Any, list[Any], str]:
    """Return the exchange, the ends of the reply, and the text. The slack may depend on the ends so far."""
    transcript = Transcript()
    transcript.open_reply(0.0)
    ends: list[Any] = []
    made = Exchange(
        ReplyBuilder(transcript, time.monotonic, OPUS),
        Budget(budget),
        StallWatch(time.monotonic, lambda *_: None, lambda: None),
        is_running=lambda: not ends,
        continues=lambda _: continues,
        end=lambda status, *, stop_reason: ends.append((status, stop_reason)),
        changed=lambda: None,
        slack_seconds=lambda: slack_seconds(ends),
    )
    async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client:
        await made.run(client, REQUEST, RequestForm(transcript, url, OPUS, named_fields, is_lasting), None)
    return made, ends, transcript.turns[-1].text()


async def test_a_message_is_written_and_ends_the_reply_unless_it_continues(claude: ClaudeServer) -> None:
    url = claude.url("exchange", text="Hi", rate=None)
    made, ends, text = await exchange(url)
    assert (made.is_open, ends, text) == (True, [(Status.DONE, "end_turn")], "Hi")
    assert (await exchange(url, continues=True))[1:] == ([], "Hi")


async def test_a_fast_answer_is_read_when_its_text_is_needed_until_the_reply_ends(claude: ClaudeServer) -> None:
    asked = []

    def slack_seconds(ends: list[Any]) -> float:
        asked.append(list(ends))
        return float("inf")

    # The connection is still read after the end of the message, because it stays open.
    url = claude.url("exchange-paced", text=["x"] * 50, rate=1_000, hold=True)
    _, ends, text = await exchange(url, slack_seconds=slack_seconds)
    assert (ends, text) == ([(Status.DONE, "end_turn")], "x" * 50)
    assert asked
    assert not any(asked)


async def test_a_spent_budget_ends_the_reply_before_the_request_or_within_the_answer(claude: ClaudeServer) -> None:
    url = claude.url("exchange-spent", text=["x" * 4_000] * 9, rate=None)
    made, ends, text = await exchange(url, budget=0)
    assert (made.is_open, ends, text) == (False, [(Status.STOPPED, "budget")], "")
    _, ends, text = await exchange(url, budget=0.03)
    assert ends == [(Status.STOPPED, "budget")]
    assert 0 < len(text) < 9 * 4_000


async def test_a_stream_without_its_end_is_an_error_of_an_open_stream(claude: ClaudeServer) -> None:
    url = claude.url("exchange-cut", text=["a", "b"], rate=None, fault="early_end", fault_after=1)
    with pytest.raises(anthropic.APIConnectionError, match="ended before"):
        await exchange(url)
