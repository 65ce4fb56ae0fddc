"""A served conversation: how long it waits for a reader, and the commands that it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude import client as door
from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation
from nbstream.core.codec import to_wire
from nbstream.core.protocol import Ack, Bye, ProtocolError
from nbstream.server.streams import command_checks
from nbstream.server.streams import stream as module
from nbstream.server.streams.command_checks import MAX_QUEUED
from nbstream.server.streams.stream import ServedStream

pytestmark = pytest.mark.anyio

Timer = tuple[float, Callable[[], Any]]


class StreamFixture:
    """A served conversation whose timer the test fires.

    Attributes:
        expired: Ids of the streams for which nobody will come back.
    """

    def __init__(self, url: str, **settings: Any) -> None:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        conversation = partial(Conversation, client, {"model": "m", "max_tokens": 100}, [], time.monotonic)
        self.expired: list[str] = []
        settings = {"resume_for_seconds": 0.0, "is_chat": False, **settings}
        self.stream = ServedStream(
            "id",
            "ada",
            lambda observer: conversation(observer=observer),
            max_message_chars=20,
            on_expired=lambda stream: self.expired.append(stream.id),
            **settings,
        )
        self.conversation = self.stream.conversation

    @property
    def due(self) -> float | None:
        """Seconds until the stream acts because nobody reads it; `None` if no timer runs."""
        timer = self.stream._timer
        return None if timer is None else round(timer.when() - asyncio.get_running_loop().time())

    def fire_timer(self) -> None:
        """Do now what the timer would do later."""
        timer = self.stream._timer
        assert timer is not None
        timer._run()

    async def wait_for_end(self) -> None:
        """Wait until the request of the latest reply is closed."""
        if self.conversation.ended is not None:
            await asyncio.wrap_future(self.conversation.ended)
        await asyncio.sleep(0)

    async def close(self) -> None:
        self.stream.close()
        await self.wait_for_end()
        await door.close_clients()


async def test_without_resume_a_lost_connection_stops_the_reply(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-drop", text=prose(500)))
    fixture.stream.ask(UserMessage.from_prompt("Hi"))
    fixture.stream.attach()
    fixture.stream.attach()
    fixture.stream.detach()
    assert fixture.conversation.running
    fixture.stream.detach()
    assert (fixture.conversation.status, fixture.conversation.run.turn.reply.stop_reason) == (
        "stopped",
        "abandoned",
    )
    await fixture.wait_for_end()
    assert set(fixture.expired) == {"id"}
    assert fixture.stream.feed.is_closed
    await fixture.close()


async def test_with_resume_the_reply_waits_for_a_reader(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-resume", text=prose(500)), resume_for_seconds=30.0)
    fixture.stream.ask(UserMessage.from_prompt("Hi"))
    fixture.stream.attach()
    fixture.stream.detach()
    assert fixture.due == 30
    fixture.stream.attach()
    assert fixture.due is None
    fixture.stream.detach()
    fixture.fire_timer()
    assert fixture.conversation.run.turn.reply.stop_reason == "abandoned"
    await fixture.wait_for_end()
    # The ended reply is kept for as long again, for a reader who comes late.
    assert fixture.due == 30
    assert fixture.expired == []
    fixture.fire_timer()
    assert fixture.expired == ["id"]
    await fixture.close()


async def test_a_page_that_asks_has_a_moment_to_begin_reading(
    claude: ClaudeServer,
) -> None:
    fixture = StreamFixture(claude.url("served-asked", text=prose(500)), is_chat=True)
    fixture.stream.handle_command(prompt("Hi"))
    await asyncio.sleep(0)
    assert (fixture.conversation.running, fixture.due) == (True, 2)
    fixture.stream.attach()
    assert fixture.due is None
    fixture.stream.detach()
    assert not fixture.conversation.running
    await fixture.wait_for_end()
    fixture.stream.handle_command(prompt("Hi again", "k2"))
    await asyncio.sleep(0)
    fixture.fire_timer()
    assert not fixture.conversation.running
    await fixture.close()


async def test_a_page_that_closes_right_after_asking_ends_its_reply_at_once(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-closed-early", text=prose(500)), is_chat=True)
    fixture.stream.attach()
    fixture.stream.handle_command(prompt("Hi"))
    await asyncio.sleep(0)
    fixture.stream.detach()
    assert not fixture.conversation.running
    await fixture.close()


async def test_a_reader_at_another_worker_counts_as_a_reader(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-elsewhere", text=prose(500)))
    fixture.stream.ask(UserMessage.from_prompt("Hi"))
    fixture.stream.set_remote_readers(True)
    fixture.stream.attach()
    fixture.stream.detach()
    assert fixture.conversation.running
    fixture.stream.set_remote_readers(False)
    assert not fixture.conversation.running
    await fixture.close()


async def test_it_has_a_request_from_the_beginning_of_a_reply_until_the_request_is_closed(
    claude: ClaudeServer,
) -> None:
    fixture = StreamFixture(claude.url("served-request", text=prose(500)))
    assert not fixture.stream.has_request
    fixture.stream.ask(UserMessage.from_prompt("Hi"))
    assert fixture.stream.has_request
    fixture.stream.stop()
    assert not fixture.conversation.running
    assert fixture.stream.has_request
    await fixture.wait_for_end()
    assert not fixture.stream.has_request
    await fixture.close()


async def test_a_chat_outlives_its_replies(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-chat", text="Yes.", rate=None), is_chat=True)
    prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k", "text": "Hi"}
    fixture.stream.attach()
    fixture.stream.handle_command(prompt)
    await fixture.wait_for_end()
    assert not fixture.stream.feed.is_closed
    fixture.stream.detach()
    assert fixture.due == module.IDLE_TTL_SECONDS
    fixture.fire_timer()
    assert fixture.expired == ["id"]
    await fixture.close()


async def test_a_new_reader_begins_with_the_answer_and_not_with_the_question(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-start", text="Yes.", rate=None))
    fixture.stream.ask(UserMessage.from_prompt("A question of some length"))
    fixture.stream.attach()
    ops, _ = fixture.stream.feed.log.read_from(fixture.stream.start_position, 1)
    assert ops[0].tag == "turn"
    assert ops[0].role == "assistant"
    await fixture.close()


async def test_a_frame_that_is_not_a_command_is_refused(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-wrong"), is_chat=True)
    for wrong in (None, {}, to_wire(Ack("p", 1))):
        with pytest.raises(ProtocolError):
            fixture.stream.handle_command(wrong)
    await fixture.close()


async def test_its_clock_is_monotonic_time(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-clock"))
    assert abs(fixture.stream.now() - time.monotonic()) < 1
    await fixture.close()


def prompt(text: str, key: str = "k", **more: Any) -> dict[str, Any]:
    return {"v": 1, "kind": "prompt", "page": "p", "key": key, "text": text, **more}


async def test_a_command_that_is_too_much_is_refused_before_it_is_kept(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_checks, "MAX_REQUEST_BYTES", 100)
    fixture = StreamFixture(claude.url("served-full", text=prose(500)), is_chat=True)
    fixture.stream.attach()
    fixture.stream.handle_command(prompt("Hi"))
    for number in range(MAX_QUEUED):
        fixture.stream.handle_command(prompt("x", f"k{number}"))
    before = fixture.stream.feed.log.seq
    for wrong, error in [
        (prompt("x" * 21, "k98"), "21 characters"),
        (prompt("x", "k99"), "10 messages wait"),
        (prompt("x", "k" * 65), "key has 65 characters; give at most 64"),
    ]:
        with pytest.raises(ProtocolError, match=error):
            fixture.stream.handle_command(wrong)
    # A message that is sent again counts once.
    for _ in range(3):
        fixture.stream.handle_command(prompt("x", "k9"))
        fixture.stream.handle_command(prompt("Hi"))
    fixture.stream.handle_command({"v": 1, "kind": "withdraw", "page": "p", "key": "k1"})
    with pytest.raises(ProtocolError, match="as large as a request may be"):
        fixture.stream.handle_command(prompt("x", "k98", files=[{"name": "a", "data": "A" * 100}]))
    assert fixture.stream.feed.log.seq == before + 1
    await fixture.close()


async def test_a_stop_while_the_files_of_a_message_are_read_is_in_time(claude: ClaudeServer) -> None:
    may_go_on = asyncio.Event()

    async def run_later(function: Callable[..., Any], *args: Any) -> Any:
        await may_go_on.wait()
        return function(*args)

    fixture = StreamFixture(claude.url("served-early-stop"), is_chat=True, run_in_thread=run_later)
    fixture.stream.handle_command(prompt("Hi", files=[{"name": "a.txt", "data": "QQ=="}]))
    await asyncio.sleep(0)
    fixture.stream.stop()
    may_go_on.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert fixture.conversation.ended is None
    await fixture.close()


async def test_commands_without_effect_are_counted_once_each(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_COMMANDS", 5)
    fixture = StreamFixture(claude.url("served-nothing"), is_chat=True)
    retry = {"v": 1, "kind": "retry", "page": "p", "turn": "t2"}
    for number in range(5):
        for _ in range(3):
            fixture.stream.handle_command({**retry, "key": f"k{number}"})
    with pytest.raises(ProtocolError, match="this conversation has taken 5 commands, the limit; begin another"):
        fixture.stream.handle_command({**retry, "key": "k5"})
    # A Stop is always handled.
    fixture.stream.handle_command({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    await fixture.close()


async def test_a_stream_that_ends_with_its_answer_takes_no_other_question(claude: ClaudeServer) -> None:
    fixture = StreamFixture(claude.url("served-once", text=prose(500)))
    fixture.stream.ask(UserMessage.from_prompt("Hi"))
    fixture.stream.attach()
    with pytest.raises(ProtocolError, match="open a chat"):
        fixture.stream.handle_command(prompt("And?"))
    fixture.stream.handle_command({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    assert not fixture.conversation.running
    await fixture.close()


async def test_after_a_goodbye_a_reply_waits_fifteen_seconds_for_the_page_to_come_back(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = StreamFixture(claude.url("served-bye", text=prose(500)), resume_for_seconds=60.0, is_chat=True)
    stream = fixture.stream
    stream.attach()
    stream.handle_command({"v": 1, "kind": "prompt", "page": "p", "key": "k", "text": "Hi"})
    await asyncio.sleep(0)
    stream.attach()
    stream.handle_command(to_wire(Bye("p")))
    stream.detach()
    assert fixture.due is None
    stream.detach()
    assert fixture.due == 15
    stream.attach()
    stream.detach()
    assert fixture.due == 60
    stream.handle_command(to_wire(Bye("q")))
    assert fixture.due == 15
    later = module.clock() + 20
    monkeypatch.setattr(module, "clock", lambda: later)
    stream._reschedule()
    assert fixture.due == 60
    await fixture.close()
