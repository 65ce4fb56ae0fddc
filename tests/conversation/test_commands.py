"""Commands from pages: messages, versions, and messages that wait."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import anthropic
import pandas
import pytest
from claude_server import ClaudeServer, prose
from observer import RecordingObserver

from nbstream.claude import client as door
from nbstream.content.message import UserMessage
from nbstream.conversation.commands import CommandHandler
from nbstream.conversation.conversation import Conversation
from nbstream.core.command_frames import (
    Command,
    Continue,
    File,
    Prompt,
    Regenerate,
    Retry,
    SelectVersion,
    SendNow,
    Stop,
    Withdraw,
)
from nbstream.core.ops import Queued, Status, Unqueued

pytestmark = pytest.mark.anyio


class Room:
    """A conversation and the page's side of it."""

    def __init__(self, url: str, **more: Any) -> None:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        self.observer = RecordingObserver(on_finish=lambda: self.wishes.send_next())
        defaults = {"model": "m", "max_tokens": 100}
        self.talk = Conversation(client, defaults, [], time.monotonic, observer=self.observer)
        self.wishes = CommandHandler(self.talk, **more)

    def say(self, command: Command) -> bool:
        return self.wishes.handle(command)

    def send(self, text: str, key: str = "", **more: Any) -> bool:
        return self.say(Prompt("p", key or text, text, **more))

    async def rest(self) -> None:
        """Wait until no reply runs and none follows."""
        while self.wishes._reading or (self.talk.ended is not None and not self.talk.ended.done()):
            await (self.wishes._reading or asyncio.wrap_future(self.talk.ended))  # type: ignore[arg-type]
            await asyncio.sleep(0)
        await door.close_clients()

    def texts(self) -> list[str]:
        return [turn.text() for turn in self.talk.transcript.turns]

    def queue(self) -> list[str]:
        """Return the keys of the waiting messages, as a page knows them."""
        keys: list[str] = []
        log = self.talk.transcript.log
        for op in log.read_from(0, log.seq)[0]:
            if isinstance(op, Queued):
                keys.append(op.key)
            elif isinstance(op, Unqueued):
                keys.remove(op.key)
        return keys


async def test_waiting_messages_are_sent_one_after_the_other(claude: ClaudeServer) -> None:
    room = Room(claude.url("in-turn", text="Yes.", rate=None))
    assert room.send("one")
    assert not room.send("two")
    assert not room.send("three", files=(File("a.txt", "QQ=="),))
    assert room.queue() == ["two", "three"]
    await room.rest()
    assert room.texts() == ["one", "Yes.", "two", "Yes.", "three", "Yes."]
    assert room.queue() == []


async def test_a_waiting_message_can_be_withdrawn(claude: ClaudeServer) -> None:
    room = Room(claude.url("taken-back", text="Yes.", rate=None))
    for text in ("one", "two", "three"):
        room.send(text)
    for _ in range(2):
        assert not room.say(Withdraw("p", "two"))
    assert room.queue() == ["three"]
    await room.rest()
    assert room.texts()[::2] == ["one", "three"]


async def test_after_a_stop_the_user_decides_about_waiting_messages(claude: ClaudeServer) -> None:
    url = claude.url("stopped-queue", text=prose(5000))
    claude.scenarios["stopped-queue"].then = "short-queue"
    claude.url("short-queue", text="Yes.", rate=None)
    room = Room(url)
    for text in ("one", "two", "three"):
        room.send(text)
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("stopped-queue"))
    assert not room.say(SendNow("p", "three"))
    room.say(Stop("p", "t2"))
    await asyncio.wrap_future(room.talk.ended)  # type: ignore[arg-type]
    assert room.queue() == ["two", "three"]
    assert room.say(SendNow("p", "three"))
    assert not room.say(SendNow("p", "three"))
    await room.rest()
    assert room.texts()[::2] == ["one", "three", "two"]


async def test_a_message_after_a_stop_waits_behind_the_others(claude: ClaudeServer) -> None:
    url = claude.url("behind", text=prose(5000))
    claude.scenarios["behind"].then = "short-behind"
    claude.url("short-behind", text="Yes.", rate=None)
    room = Room(url)
    room.send("one")
    room.send("two")
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("behind"))
    room.talk.stop("user")
    await asyncio.wrap_future(room.talk.ended)  # type: ignore[arg-type]
    assert room.send("three")
    await room.rest()
    assert room.texts()[::2] == ["one", "two", "three"]


async def test_an_edited_message_is_another_version_and_both_can_be_had(claude: ClaudeServer) -> None:
    room = Room(claude.url("edited", text="Yes.", rate=None))
    room.send("one")
    await room.rest()
    assert room.send("other", edits="t1")
    await room.rest()
    assert room.texts() == ["other", "Yes."]
    assert claude.records_of("edited")[-1].body["messages"] == [{"role": "user", "content": "other"}]
    room.say(SelectVersion("p", "k", "t1"))
    assert room.texts() == ["one", "Yes."]
    room.say(SelectVersion("p", "k2", "t4"))
    assert [turn.id for turn in room.talk.transcript.turns] == ["t1", "t2"]


async def test_an_edit_that_comes_too_late_is_not_lost(claude: ClaudeServer) -> None:
    room = Room(claude.url("late-edit", text="Yes.", rate=None))
    room.send("one")
    assert not room.send("while it runs", edits="t1")
    await room.rest()
    assert room.texts() == ["while it runs", "Yes."]
    # Neither an answer nor a turn out of sight can be edited.
    for gone in ("t2", "t9"):
        assert room.send(f"of {gone}", edits=gone)
        await room.rest()
    assert room.texts()[::2] == ["while it runs", "of t2", "of t9"]


async def test_every_message_is_recognised_by_its_key(claude: ClaudeServer) -> None:
    room = Room(claude.url("by-key", text="Yes.", rate=None))
    room.send("one", "k1")
    room.send("two", "k2")
    log = room.talk.transcript.log
    assert [op.key for op in log.read_from(0, log.seq)[0] if isinstance(op, Queued)] == ["k1", "k2"]
    await room.rest()


async def test_an_answer_is_made_anew_beside_the_first(claude: ClaudeServer) -> None:
    room = Room(claude.url("anew", text="Yes.", rate=None))
    room.send("one")
    await room.rest()
    assert not room.say(Regenerate("p", "k0", "t1"))
    assert room.say(Regenerate("p", "k", "t2"))
    assert not room.say(SelectVersion("p", "k1", "t2"))
    await room.rest()
    assert [turn.id for turn in room.talk.transcript.turns] == ["t1", "t3"]
    assert [turn.id for turn in room.talk.transcript.tree.versions] == ["t1", "t2", "t3"]
    bodies = [record.body["messages"] for record in claude.records_of("anew")]
    assert bodies[0] == bodies[1] == [{"role": "user", "content": "one"}]


async def test_a_message_that_cannot_be_sent_is_answered_with_the_reason(claude: ClaudeServer) -> None:
    def refuse(prompt: Prompt, _: object) -> UserMessage:
        if prompt.files:
            raise ValueError("a.xyz is of no kind that Claude reads.")
        return UserMessage.from_prompt(prompt.text)

    changes: list[int] = []
    room = Room(claude.url("unsendable", text="Yes.", rate=None), message_of=refuse)
    room.observer.on_change = lambda: changes.append(1)
    assert room.send("", key="k", files=(File("a.xyz", ""),))
    await room.rest()
    assert changes
    turn = room.talk.transcript.turns[-1]
    assert turn.reply is not None
    assert (turn.reply.status, turn.reply.error) == (Status.FAILED, "a.xyz is of no kind that Claude reads.")
    assert room.send("again", edits="t1")
    room.send("bad", files=(File("a.xyz", ""),))
    room.send("last")
    await room.rest()
    # After a failure too, the user sees it before the next message is sent.
    assert room.texts() == ["again", "Yes.", "bad", ""]
    assert room.queue() == ["last"]


async def test_a_message_whose_reading_fails_is_answered_too(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(prompt: Prompt, _: object) -> UserMessage:
        raise MemoryError(prompt.text)

    room = Room(claude.url("unreadable"), message_of=fail)
    for files in ((), (File("a", ""),)):
        room.send("secret", key=str(files), files=files)
        await room.rest()
        reply = room.talk.transcript.turns[-1].reply
        assert reply is not None
        assert reply.error == "This message cannot be read; send it without its unusual characters and files."
    assert "MemoryError" in caplog.text


class Slow:
    """A thread that reads files when the test lets it."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.read: list[str] = []

    async def __call__(self, function: Any, prompt: Prompt, variables: object) -> Any:
        self.read.append(prompt.key)
        await self.may_go_on.wait()
        return function(prompt, variables)


FILES = (File("a.txt", "QQ=="),)


async def test_while_files_are_read_the_message_waits_and_others_behind_it(claude: ClaudeServer) -> None:
    aside = Slow()
    room = Room(claude.url("slow-files", text="Yes.", rate=None), run_in_thread=aside)
    assert room.send("one", files=FILES)
    assert not room.send("two")
    assert not room.send("three", files=FILES)
    assert not room.say(SendNow("p", "two"))
    await asyncio.sleep(0)
    assert (room.queue(), room.texts(), aside.read) == (["one", "two", "three"], [], ["one"])
    aside.may_go_on.set()
    await room.rest()
    assert room.texts() == ["one", "Yes.", "two", "Yes.", "three", "Yes."]
    assert [len(turn.blocks) for turn in room.talk.transcript.turns[::2]] == [2, 1, 2]


async def test_a_message_withdrawn_while_its_files_are_read_is_not_sent(claude: ClaudeServer) -> None:
    aside = Slow()
    room = Room(claude.url("slow-taken", text="Yes.", rate=None), run_in_thread=aside)
    room.send("one", files=FILES)
    room.send("two")
    room.say(Withdraw("p", "one"))
    assert room.texts() == []
    aside.may_go_on.set()
    await room.rest()
    assert (room.queue(), room.texts()) == ([], ["two", "Yes."])


async def test_a_reply_that_began_while_files_were_read_comes_first(claude: ClaudeServer) -> None:
    aside = Slow()
    room = Room(claude.url("slow-other", text="Yes.", rate=None), run_in_thread=aside)
    room.send("one", files=FILES)
    room.talk.ask(UserMessage.from_prompt("from a cell"), {})
    aside.may_go_on.set()
    await room.rest()
    assert (room.queue(), room.texts()) == ([], ["from a cell", "Yes.", "one", "Yes."])
    assert aside.read == ["one", "one"]


async def test_a_stopped_reply_that_began_while_files_were_read_leaves_the_message_waiting(
    claude: ClaudeServer,
) -> None:
    aside = Slow()
    room = Room(claude.url("slow-stopped", text=prose(500)), run_in_thread=aside)
    room.send("one", files=FILES)
    await asyncio.sleep(0)
    room.talk.ask(UserMessage.from_prompt("from a cell"), {})
    room.talk.stop("user")
    aside.may_go_on.set()
    await room.rest()
    assert (room.queue(), room.texts()[::2]) == (["one"], ["from a cell"])


async def test_messages_left_waiting_by_a_stop_wait_on_when_another_one_is_withdrawn(claude: ClaudeServer) -> None:
    aside = Slow()
    room = Room(claude.url("slow-held", text=prose(500)), run_in_thread=aside)
    room.send("asked")
    for text, files in (("held", ()), ("one", FILES)):
        room.send(text, files=files)
    room.talk.stop("user")
    await room.rest()
    assert room.say(SendNow("p", "one"))
    await asyncio.sleep(0)
    room.say(Withdraw("p", "one"))
    aside.may_go_on.set()
    await room.rest()
    assert (room.queue(), room.texts()[::2]) == (["held"], ["asked"])


@pytest.mark.parametrize("begun", [True, False])
async def test_a_stop_while_files_are_read_leaves_the_message_waiting(
    claude: ClaudeServer, *, begun: bool
) -> None:
    aside = Slow()
    room = Room(claude.url(f"slow-stop-{begun}", text="Yes.", rate=None), run_in_thread=aside)
    room.wishes.stop("user")
    room.send("one", files=FILES)
    if begun:
        await asyncio.sleep(0)
    room.wishes.stop("user")
    aside.may_go_on.set()
    await asyncio.sleep(0)
    await room.rest()
    assert (room.queue(), room.texts()) == (["one"], [])
    assert room.say(SendNow("p", "one"))
    await room.rest()
    assert (room.queue(), room.texts()) == ([], ["one", "Yes."])


async def test_a_closed_handler_sends_nothing_more(claude: ClaudeServer) -> None:
    aside = Slow()
    room = Room(claude.url("slow-closed"), run_in_thread=aside)
    room.wishes.close()
    room.send("one", files=FILES)
    reader = room.wishes._reading
    assert reader is not None
    await asyncio.sleep(0)
    room.wishes.close()
    aside.may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert room.texts() == []
    assert claude.records_of("slow-closed") == []


async def test_a_handler_closed_while_the_last_request_ends_sends_no_waiting_message(claude: ClaudeServer) -> None:
    room = Room(claude.url("closed-late", text="Yes.", rate=None))
    room.send("one")
    room.send("two")
    ended = asyncio.Event()
    room.observer.on_change = lambda: room.talk.running or ended.set()
    await ended.wait()
    room.wishes.close()
    await room.rest()
    assert room.texts() == ["one", "Yes."]


async def test_a_command_that_is_no_longer_possible_is_ignored(claude: ClaudeServer) -> None:
    room = Room(claude.url("senseless", rate=None))
    for command in (Retry("p", "k", "t1"), SendNow("p", "k"), Withdraw("p", "k"), SelectVersion("p", "k", "t1")):
        assert not room.say(command)
    assert not room.send(" \n")
    assert room.talk.transcript.log.seq == 0


ONCE = [Prompt("p", "k", " "), *(kind("p", "k", "t2") for kind in (Retry, Continue, Regenerate, SelectVersion))]


@pytest.mark.parametrize("command", ONCE, ids=lambda command: command.tag)
async def test_an_idempotent_command_is_handled_once_for_each_key(command: Any) -> None:
    room = Room("http://127.0.0.1:9")
    received: list[Command] = []
    room.observer.on_change = lambda: received.append(command)
    for _ in range(3):
        room.say(command)
    # A page that was loaded again repeats commands that it has not seen handled.
    room.say(replace(command, page="q"))
    assert len(received) == 1
    room.say(replace(command, key="k2"))
    assert len(received) == 2


async def test_an_edit_changes_the_text_of_a_message_and_keeps_its_table(claude: ClaudeServer) -> None:
    room = Room(claude.url("edit-table", text="Yes.", rate=None))
    prompt = ["Which region?", pandas.DataFrame({"region": ["north", "south"]})]
    room.talk.ask(UserMessage.from_prompt(prompt), {})
    await room.rest()
    assert room.send("Which regions?", edits="t1")
    await room.rest()
    first, second = (record.body["messages"][0]["content"] for record in claude.records_of("edit-table"))
    assert second == [{"type": "text", "text": "Which regions?"}, first[1]]
    # The page shows the table as a table again.
    edited = room.talk.transcript.turns[0]
    assert [block.is_table for block in edited.blocks] == [False, True]


async def test_an_edit_leaves_out_the_table_whose_chip_was_removed(claude: ClaudeServer) -> None:
    room = Room(claude.url("edit-drop", text="Yes.", rate=None))
    frame = pandas.DataFrame({"region": ["north", "south"]})
    room.talk.ask(UserMessage.from_prompt(["Which region?", frame, frame]), {})
    await room.rest()
    assert room.say(Prompt("p", "k-drop", "Which?", edits="t1", drops=(0, 1, 9)))
    await room.rest()
    first, second = (record.body["messages"][0]["content"] for record in claude.records_of("edit-drop"))
    assert second == [{"type": "text", "text": "Which?"}, first[2]]
