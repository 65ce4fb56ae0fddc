"""A conversation that is served: how long it waits for somebody, and what its readers may want."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude import client as door
from nbstream.conversation.conversation import Conversation
from nbstream.core.codec import to_wire
from nbstream.core.protocol import Ack, ProtocolError
from nbstream.server.streams import command_checks as wanted
from nbstream.server.streams import stream as module
from nbstream.server.streams.command_checks import QUEUED
from nbstream.server.streams.stream import ServedStream

pytestmark = pytest.mark.anyio

Timer = tuple[float, Callable[[], Any]]


class Room:
    """A served conversation; what is due later is held by the test."""

    def __init__(self, url: str, **settings: Any) -> None:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        self.talk = Conversation(client, {"model": "m", "max_tokens": 100}, [], time.monotonic)
        self.forgotten: list[str] = []
        settings = {"resume_for": 0.0, "goes_on": False, **settings}
        self.served = ServedStream(
            "id",
            "ada",
            self.talk,
            longest=20,
            forget=lambda served: self.forgotten.append(served.id),
            **settings,
        )
        self.talk.on_end = self.served.ended

    @property
    def due(self) -> float | None:
        """Seconds until something is done because nobody reads."""
        timer = self.served._timer
        return None if timer is None else round(timer.when() - asyncio.get_running_loop().time())

    def pass_time(self) -> None:
        """What is due is done."""
        timer = self.served._timer
        assert timer is not None
        timer._run()

    async def rest(self) -> None:
        if self.talk.ended is not None:
            await asyncio.wrap_future(self.talk.ended)
        await asyncio.sleep(0)

    async def close(self) -> None:
        self.served.close()
        await self.rest()
        await door.close_clients()


async def test_without_resume_the_drop_is_the_stop(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-drop", text=prose(500)))
    room.served.ask("Hi")
    room.served.attach()
    room.served.attach()
    room.served.detach()
    assert room.talk.running
    room.served.detach()
    assert (room.talk.status, room.talk.run.turn.reply.stop_reason) == ("stopped", "abandoned")
    await room.rest()
    assert set(room.forgotten) == {"id"}
    assert room.served.growing.ended
    await room.close()


async def test_with_resume_it_waits_so_long_and_whoever_comes_back_keeps_it(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-resume", text=prose(500)), resume_for=30.0)
    room.served.ask("Hi")
    room.served.attach()
    room.served.detach()
    assert room.due == 30
    room.served.attach()
    assert room.due is None
    room.served.detach()
    room.pass_time()
    assert room.talk.run.turn.reply.stop_reason == "abandoned"
    await room.rest()
    # Kept as long again, for a reader who comes late.
    assert room.due == 30
    assert room.forgotten == []
    room.pass_time()
    assert room.forgotten == ["id"]
    await room.close()


async def test_a_page_that_asks_has_a_moment_to_read_and_once_it_reads_the_drop_is_the_stop(
    claude: ClaudeServer,
) -> None:
    room = Room(claude.url("served-asked", text=prose(500)), goes_on=True)
    room.served.hear(prompt("Hi"))
    await asyncio.sleep(0)
    assert (room.talk.running, room.due) == (True, 2)
    room.served.attach()
    assert room.due is None
    room.served.detach()
    assert not room.talk.running
    await room.rest()
    room.served.hear(prompt("Hi again", "k2"))
    await asyncio.sleep(0)
    room.pass_time()
    assert not room.talk.running
    await room.close()


async def test_a_page_that_is_closed_as_it_has_asked_ends_its_reply_at_once(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-closed-early", text=prose(500)), goes_on=True)
    room.served.attach()
    room.served.hear(prompt("Hi"))
    await asyncio.sleep(0)
    room.served.detach()
    assert not room.talk.running
    await room.close()


async def test_a_reader_of_another_worker_is_a_reader(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-elsewhere", text=prose(500)))
    room.served.ask("Hi")
    room.served.elsewhere = True
    room.served.attach()
    room.served.detach()
    assert room.talk.running
    room.served.elsewhere = False
    room.served.look()
    assert not room.talk.running
    await room.close()


async def test_a_pages_conversation_outlives_its_replies(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-chat", text="Yes.", rate=None), goes_on=True)
    prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k", "text": "Hi"}
    room.served.attach()
    room.served.hear(prompt)
    await room.rest()
    assert not room.served.growing.ended
    room.served.detach()
    assert room.due == module.CHAT_KEPT
    room.pass_time()
    assert room.forgotten == ["id"]
    await room.close()


async def test_a_reader_begins_with_the_answer_and_not_with_what_was_said_before(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-start", text="Yes.", rate=None))
    room.served.ask("A question of some length")
    room.served.attach()
    ops, _ = room.served.growing.log.since(room.served.start, 1)
    assert ops[0].tag == "turn"
    assert ops[0].role == "assistant"
    await room.close()


async def test_what_is_no_wish_is_refused(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-wrong"), goes_on=True)
    for wrong in (None, {}, to_wire(Ack("p", 1))):
        with pytest.raises(ProtocolError):
            room.served.hear(wrong)
    await room.close()


async def test_its_clock_is_the_one_by_which_its_ops_are_dated(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-clock"))
    assert abs(room.served.now() - time.monotonic()) < 1
    await room.close()


def prompt(text: str, key: str = "k", **more: Any) -> dict[str, Any]:
    return {"v": 1, "kind": "prompt", "page": "p", "key": key, "text": text, **more}


async def test_more_than_a_conversation_may_hold_is_refused_before_it_is_kept(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted, "REQUEST_BYTES", 100)
    room = Room(claude.url("served-full", text=prose(500)), goes_on=True)
    room.served.attach()
    room.served.hear(prompt("Hi"))
    for number in range(QUEUED):
        room.served.hear(prompt("x", f"k{number}"))
    before = room.served.growing.log.seq
    for wrong, said in [
        (prompt("x" * 21, "k98"), "21 characters"),
        (prompt("x", "k99"), "10 messages wait"),
        (prompt("x", "k" * 65), "64 characters"),
    ]:
        with pytest.raises(ProtocolError, match=said):
            room.served.hear(wrong)
    # What was heard is no more than it was when it comes again.
    for _ in range(3):
        room.served.hear(prompt("x", "k9"))
        room.served.hear(prompt("Hi"))
    room.served.hear({"v": 1, "kind": "withdraw", "page": "p", "key": "k1"})
    with pytest.raises(ProtocolError, match="as large as a request may be"):
        room.served.hear(prompt("x", "k98", files=[{"name": "a", "data": "A" * 100}]))
    assert room.served.growing.log.seq == before + 1
    await room.close()


async def test_a_stop_before_the_files_of_a_message_are_read_is_in_time(claude: ClaudeServer) -> None:
    may_go_on = asyncio.Event()

    async def aside(function: Callable[..., Any], *args: Any) -> Any:
        await may_go_on.wait()
        return function(*args)

    room = Room(claude.url("served-early-stop"), goes_on=True, aside=aside)
    room.served.hear(prompt("Hi", files=[{"name": "a.txt", "data": "QQ=="}]))
    await asyncio.sleep(0)
    room.served.stop()
    may_go_on.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert room.talk.ended is None
    await room.close()


async def test_wishes_that_come_to_nothing_are_counted_once_each(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WISHES", 5)
    room = Room(claude.url("served-nothing"), goes_on=True)
    retry = {"v": 1, "kind": "retry", "page": "p", "turn": "t2"}
    for number in range(5):
        for _ in range(3):
            room.served.hear({**retry, "key": f"k{number}"})
    with pytest.raises(ProtocolError, match="5 things were wanted of this conversation; begin another"):
        room.served.hear({**retry, "key": "k5"})
    # A stop is always heard.
    room.served.hear({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    await room.close()


async def test_a_stream_that_ends_with_its_answer_takes_no_further_question(claude: ClaudeServer) -> None:
    room = Room(claude.url("served-once", text=prose(500)))
    room.served.ask("Hi")
    room.served.attach()
    with pytest.raises(ProtocolError, match="open a chat"):
        room.served.hear(prompt("And?"))
    room.served.hear({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    assert not room.talk.running
    await room.close()
