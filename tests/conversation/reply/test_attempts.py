"""Attempts at one request against the scripted server; whole replies are in test_run.py."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude import client as door
from nbstream.claude.failures.refusals import is_lasting, named_fields
from nbstream.conversation.budget import Budget
from nbstream.conversation.reply.attempts import Attempts
from nbstream.conversation.reply.builder import ReplyBuilder
from nbstream.conversation.reply.exchange import Exchange
from nbstream.conversation.reply.stall_watch import StallWatch
from nbstream.conversation.request.form import RequestForm
from nbstream.core.transcript import Transcript

pytestmark = pytest.mark.anyio

REQUEST = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


class Reply:
    """A reply that has no life of its own, with the attempts at its requests."""

    def __init__(self, url: str, *, max_retries: int = 0) -> None:
        self.transcript = Transcript()
        self.transcript.open_reply(0.0)
        self.is_running = True
        self.removed = 0
        self.builder = ReplyBuilder(self.transcript, time.monotonic, "claude-test")
        self.exchange = Exchange(
            self.builder,
            Budget(),
            StallWatch(time.monotonic, lambda *_: None, lambda: None),
            is_running=lambda: self.is_running,
            continues=lambda _: True,
            end=lambda *_, **__: None,
            changed=lambda: None,
            slack_seconds=lambda: 0.0,
        )
        form = RequestForm(self.transcript, url, "claude-test", named_fields, is_lasting)
        self.client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=max_retries)
        self.attempts = Attempts(
            self.client,
            self.exchange,
            self.builder,
            form,
            None,
            is_running=lambda: self.is_running,
            changed=self.note_removal,
        )

    def note_removal(self) -> None:
        assert self.text == ""
        self.removed += 1

    async def run(self) -> Reply:
        await self.attempts.run(REQUEST)
        return self

    async def __aenter__(self) -> Reply:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        # A closed transport releases its socket in the loop's next iteration.
        await asyncio.sleep(0)

    @property
    def text(self) -> str:
        return self.transcript.turns[-1].text()


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the failures after which an attempt would have waited."""
    asked: list[int] = []
    monkeypatch.setattr(door, "backoff_seconds", lambda failed: asked.append(failed) or 0.0)
    return asked


async def test_an_answer_ends_the_attempts(claude: ClaudeServer, waited: list[int]) -> None:
    async with Reply(claude.url("answered", text="Hi", rate=None), max_retries=2) as reply:
        await reply.run()
    assert (reply.text, reply.removed, waited) == ("Hi", 0, [])


async def test_a_break_before_any_text_has_the_request_sent_again(claude: ClaudeServer, waited: list[int]) -> None:
    url = claude.url("break", text="Hi", rate=None, fault="reset", faults=2)
    async with Reply(url, max_retries=2) as reply:
        await reply.run()
    assert (reply.text, reply.removed, waited) == ("Hi", 2, [1, 2])


async def test_all_requests_of_a_reply_share_the_retries_of_its_client(
    claude: ClaudeServer, waited: list[int]
) -> None:
    async with Reply(claude.url("shared", text="Hi", rate=None, fault="reset", faults=1), max_retries=1) as reply:
        await reply.run()
        reply.transcript.drop_blocks()
        reply.builder.next_message()
        claude.url("shared", text="Hi", rate=None, fault="reset", faults=9)
        with pytest.raises(anthropic.APIConnectionError):
            await reply.run()
    assert waited == [1]


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("after-text", {"fault": "reset", "fault_after": 5}),
        (
            "permanent",
            {"events": [{"type": "error", "error": {"type": "invalid_request_error", "message": "No"}}]},
        ),
        ("before-the-stream", {"status": (400, "invalid_request_error")}),
    ],
)
async def test_a_request_that_would_fail_again_or_has_shown_text_is_sent_once(
    claude: ClaudeServer, name: str, scenario: dict[str, Any]
) -> None:
    async with Reply(claude.url(name, rate=None, **scenario), max_retries=2) as reply:
        with pytest.raises(anthropic.APIError):
            await reply.run()
    assert len(claude.records_of(name)) == 1


async def test_nothing_is_sent_or_raised_after_the_end_of_the_reply(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end_and_fail(*_: object) -> None:
        reply.is_running = False
        raise ValueError("too late")

    async with Reply(claude.url("ended", text="Hi", rate=None)) as reply:
        reply.is_running = False
        await reply.run()
        assert claude.records_of("ended") == []
        reply.is_running = True
        monkeypatch.setattr(reply.exchange, "run", end_and_fail)
        await reply.run()
