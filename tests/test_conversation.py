"""Turns one after the other, and what each request sends."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream import claude as door
from nbstream.conversation import Conversation
from nbstream.core.ops import Status

pytestmark = pytest.mark.anyio

DEFAULTS = {"model": "claude-test", "max_tokens": 100}


def talk(url: str, **more: Any) -> Conversation:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return Conversation(client, DEFAULTS, more.pop("messages", []), time.monotonic)


async def ended(conversation: Conversation) -> None:
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)


async def test_each_request_sends_all_that_was_said_before(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("turns", text="Hi!", rate=None))
    conversation.ask("Hello", {})
    await ended(conversation)
    conversation.ask("And in Python?", {"max_tokens": 7})
    await ended(conversation)
    first, second = (record.body for record in claude.of("turns"))
    assert first["messages"] == [{"role": "user", "content": "Hello"}]
    assert second["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
        {"role": "user", "content": "And in Python?"},
    ]
    assert (first["max_tokens"], second["max_tokens"]) == (100, 7)
    await door.close_clients()


async def test_earlier_turns_come_first(claude: ClaudeServer) -> None:
    before = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]
    conversation = talk(claude.url("before", rate=None), messages=before)
    assert conversation.status is Status.IDLE
    conversation.ask("C", {})
    await ended(conversation)
    [record] = claude.of("before")
    assert [message["content"] for message in record.body["messages"]] == [
        "A",
        [{"type": "text", "text": "B"}],
        "C",
    ]
    await door.close_clients()


async def test_one_reply_runs_at_a_time(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("busy", text=prose(5000)))
    run = conversation.ask("Hello", {})
    with pytest.raises(RuntimeError, match=r"chat\.wait\(\).*chat\.stop\(\)"):
        conversation.ask("And?", {})
    assert len(conversation.transcript.turns) == 2
    conversation.stop("user")
    await ended(conversation)
    assert run.turn.reply.stop_reason == "user"
    await door.close_clients()


async def test_a_stop_for_an_earlier_turn_does_not_hit_the_next(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("guard", text=prose(20), rate=500))
    first = conversation.ask("Hello", {})
    await ended(conversation)
    second = conversation.ask("And?", {})
    conversation.stop("user", first.turn.id)
    await ended(conversation)
    assert second.turn.reply.status is Status.DONE
    await door.close_clients()


async def test_start_and_end_are_told_once_each_and_changes_in_between(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("told", text=prose(20), rate=None))
    told: list[str] = []
    conversation.on_start = lambda: told.append("start")
    conversation.on_change = lambda: told.append("change")
    conversation.on_end = lambda: told.append("end")
    conversation.stop("user")
    conversation.ask("Hello", {})
    await ended(conversation)
    assert (told[0], told[-1]) == ("start", "end")
    assert (told.count("start"), told.count("end")) == (1, 1)
    assert told.count("change") > 20
    await door.close_clients()


async def test_a_reply_that_follows_a_stop_at_once_is_the_one_that_runs(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("overlap", text=prose(5000)))
    told: list[str] = []
    conversation.on_start = lambda: told.append("start")
    conversation.on_end = lambda: told.append("end")
    conversation.ask("Hello", {})
    first = conversation.ended
    assert first is not None
    await asyncio.to_thread(claude.wait_for, lambda: claude.of("overlap"))
    conversation.stop("user")
    conversation.ask("And?", {})
    # The first one's request is closed while the second one runs.
    await asyncio.wrap_future(first)
    assert told == ["start", "end", "start"]
    conversation.stop("user")
    await ended(conversation)
    assert told == ["start", "end", "start", "end"]
    await door.close_clients()


async def test_another_version_of_a_question_sends_what_stood_before_it(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("version", text="Hi!", rate=None))
    for text in ("A", "B"):
        conversation.ask(text, {})
        await ended(conversation)
    question = conversation.transcript.turns[2]
    conversation.ask("C", {}, question.id)
    await ended(conversation)
    assert [turn.text() for turn in conversation.transcript.turns] == ["A", "Hi!", "C", "Hi!"]
    conversation.choose(question.id)
    assert [turn.text() for turn in conversation.transcript.turns] == ["A", "Hi!", "B", "Hi!"]
    conversation.regenerate()
    with pytest.raises(RuntimeError, match="still answering"):
        conversation.choose(question.id)
    await ended(conversation)
    sent = [message["content"] for message in claude.of("version")[-1].body["messages"]]
    assert sent == ["A", [{"type": "text", "text": "Hi!"}], "B"]
    with pytest.raises(RuntimeError, match="not in sight"):
        conversation.ask("D", {}, "t99")
    await door.close_clients()


async def test_a_reply_goes_on_from_results_even_if_it_said_nothing_yet(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("from-results", text="Three.", rate=None))
    transcript = conversation.transcript
    transcript.add_turn("user", "Add")
    transcript.ask(0.0)
    with pytest.raises(RuntimeError):
        conversation.go_on()
    transcript.add_blocks(
        [
            {"type": "tool_use", "id": "a", "name": "add", "input": {}},
            {"type": "tool_result", "tool_use_id": "a", "content": "3"},
        ]
    )
    transcript.move(Status.STOPPED, 1.0, stop_reason="rounds")
    conversation.go_on()
    await ended(conversation)
    [record] = claude.of("from-results")
    assert [message["role"] for message in record.body["messages"]] == ["user", "assistant", "user"]
    await door.close_clients()
