"""Replies of a conversation: their beginning, their end and their bill."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose
from observer import RecordingObserver

from nbstream.claude import client as door
from nbstream.claude.usage import total
from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation

pytestmark = pytest.mark.anyio


def talk(url: str, **more: Any) -> Conversation:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return Conversation(client, {"model": "claude-test", "max_tokens": 100}, [], time.monotonic, **more)


async def ended(conversation: Conversation) -> None:
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)


async def test_start_and_end_are_reported_once_each_and_changes_in_between(claude: ClaudeServer) -> None:
    observer = RecordingObserver()
    conversation = talk(claude.url("told", text=prose(20), rate=None), observer=observer)
    conversation.stop("user")
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    assert (observer.events[0], observer.events[-2:]) == ("started", ["ended", "finished"])
    assert observer.lives() == ["started", "ended"]
    assert observer.events.count("changed") > 20
    await door.close_clients()


async def test_a_reply_that_another_one_has_replaced_is_paid_for(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("paid", text=prose(10), rate=None))
    conversation.ask(UserMessage.from_prompt("Hello"), {"model": "claude-opus-4-8"})
    await ended(conversation)
    assert total(conversation.usage_meters) == pytest.approx((10 * 5 + 10 * 25) / 1e6)
    conversation.retry()
    await ended(conversation)
    assert total(conversation.usage_meters) == pytest.approx(2 * (10 * 5 + 10 * 25) / 1e6)
    conversation.ask(UserMessage.from_prompt("And in Python?"), {"model": "claude-haiku-4-5"})
    await ended(conversation)
    assert total(conversation.usage_meters) == pytest.approx((2 * (10 * 5 + 10 * 25) + 10 * 1 + 10 * 5) / 1e6)
    conversation.ask(UserMessage.from_prompt("And?"), {"model": "claude-demo"})
    await ended(conversation)
    assert total(conversation.usage_meters) is None
    await door.close_clients()
