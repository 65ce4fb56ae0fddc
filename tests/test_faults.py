"""A reply that breaks off, in every way and at every byte: what came is kept, and it can be asked for again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude import client as door
from nbstream.content.message import UserMessage
from nbstream.conversation import reply as stream
from nbstream.conversation import stall_watch as silence
from nbstream.conversation.commands import CommandHandler
from nbstream.conversation.conversation import Conversation
from nbstream.core.ops import ReplyStatusChanged, Stalled, Status
from nbstream.core.protocol import Continue, Prompt, Retry, Stop, Withdraw

pytestmark = pytest.mark.anyio

DEFAULTS = {"model": "claude-test", "max_tokens": 100}


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "backoff_seconds", lambda _: 0.0)


class Talk:
    """A conversation with the scripted server."""

    def __init__(self, url: str, *, max_retries: int = 0) -> None:
        self.client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=max_retries)
        self.conversation = Conversation(self.client, DEFAULTS, [], time.monotonic)

    async def ask(self, prompt: str = "Hello") -> Talk:
        self.conversation.ask(UserMessage.from_prompt(prompt), {})
        return await self.end()

    async def end(self) -> Talk:
        assert self.conversation.ended is not None
        await asyncio.wrap_future(self.conversation.ended)
        await door.close_clients()
        return self

    @property
    def turn(self) -> Any:
        return self.conversation.transcript.turns[-1]

    @property
    def reply(self) -> Any:
        return self.turn.reply

    def ops(self, kind: type) -> list[Any]:
        log = self.conversation.transcript.log
        return [op for op in log.read_from(0, log.seq)[0] if isinstance(op, kind)]


@pytest.mark.parametrize("fault", ["reset", "early_end"])
async def test_at_whatever_byte_a_reply_breaks_off_what_came_is_kept_and_one_sentence_says_so(
    claude: ClaudeServer, fault: str
) -> None:
    text = "Grüße 🐍, in a few words."
    whole = await Talk(claude.url(f"bytes-{fault}", text=text, rate=None)).ask()
    assert whole.turn.text() == text
    for byte in range(0, 1400, 7):
        url = claude.url(f"byte-{fault}-{byte}", text=text, rate=None, fault=fault, fault_at=byte)
        talk = await Talk(url).ask()
        assert talk.reply.status is Status.FAILED, byte
        assert text.startswith(talk.turn.text())
        assert "broke off" in talk.reply.error
        assert isinstance(talk.conversation.run and talk.conversation.run.error, anthropic.APIConnectionError)


async def test_what_broke_off_goes_on_where_it_broke_off(claude: ClaudeServer) -> None:
    claude.url("rest", text=" a time.", rate=None)
    url = claude.url(
        "broke", text=["Once", " upon", " nothing"], rate=None, fault="reset", fault_after=2, then="rest"
    )
    talk = await Talk(url).ask()
    assert (talk.reply.status, talk.turn.text()) == (Status.FAILED, "Once upon")
    talk.conversation.continue_reply()
    await talk.end()
    assert (talk.reply.status, talk.turn.text()) == (Status.DONE, "Once upon a time.")
    assert talk.conversation.run is not None
    assert talk.conversation.run.error is None
    assert [message["role"] for message in claude.records_of("broke")[-1].body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]
    assert talk.conversation.transcript.usage()["input_tokens"] == 20
    with pytest.raises(RuntimeError, match="complete"):
        talk.conversation.continue_reply()


async def test_a_reply_that_is_asked_again_keeps_the_old_text_until_the_new_one_begins(
    claude: ClaudeServer,
) -> None:
    claude.url("better", text="Whole.", rate=None, then="better")
    url = claude.url("half", text=["Ha", "lf"], rate=None, fault="reset", fault_after=1, then="refuses")
    claude.url("refuses", status=(401, "authentication_error"))
    talk = await Talk(url).ask()
    talk.conversation.retry()
    await talk.end()
    assert (talk.reply.status, talk.turn.text()) == (Status.FAILED, "Ha")
    claude.scenarios["half"].then = "better"
    talk.conversation.retry()
    await talk.end()
    assert (talk.reply.status, talk.turn.text()) == (Status.DONE, "Whole.")
    assert claude.records_of("half")[-1].body["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("begun", [False, True])
async def test_a_continuation_that_breaks_off_before_anything_came_is_tried_again(
    claude: ClaudeServer, begun: bool
) -> None:
    name = f"again-{begun}"
    url = claude.url(name, text="Once", rate=None, stop_reason="max_tokens", then=f"{name}-rest")
    thinking = [] if begun else None
    claude.url(f"{name}-rest", text=" upon", rate=None, thinking=thinking, fault="reset", fault_after=1, faults=2)
    if not begun:
        claude.scenarios[f"{name}-rest"].fault_after = 0
    talk = await Talk(url, max_retries=2).ask()
    assert talk.reply.stop_reason == "max_tokens"
    talk.conversation.continue_reply()
    await talk.end()
    assert (talk.reply.status, talk.turn.text()) == (Status.DONE, "Once upon")


async def test_a_pause_goes_on_by_itself(claude: ClaudeServer) -> None:
    claude.url("resumed", text=" and here is the rest.", rate=None)
    url = claude.url("pauses", text="Let me look", rate=None, stop_reason="pause_turn", then="resumed")
    talk = await Talk(url).ask()
    assert (talk.reply.status, talk.reply.stop_reason) == (Status.DONE, "end_turn")
    assert talk.turn.text() == "Let me look and here is the rest."
    first, second = claude.records_of("pauses")
    assert second.body["messages"][:-1] == first.body["messages"]
    assert second.body["messages"][-1]["content"] == [{"type": "text", "text": "Let me look"}]
    assert talk.conversation.transcript.usage()["input_tokens"] == 20
    assert talk.conversation.run is not None
    assert talk.conversation.run.message["stop_reason"] == "end_turn"


async def test_pauses_without_an_end_come_to_one(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_PAUSE_TURNS", 2)
    talk = await Talk(claude.url("endless", text="x", rate=None, stop_reason="pause_turn")).ask()
    assert (talk.reply.status, talk.reply.stop_reason) == (Status.DONE, "pause_turn")
    assert len(claude.records_of("endless")) == 3


async def test_a_refusal_is_no_failure_and_is_left_out_of_what_follows(claude: ClaudeServer) -> None:
    claude.url("fine", text="Fine.", rate=None)
    talk = await Talk(claude.url("refusal", text="I", rate=None, stop_reason="refusal", then="fine")).ask("Bad")
    assert (talk.reply.status, talk.reply.stop_reason) == (Status.DONE, "refusal")
    with pytest.raises(RuntimeError, match="retry"):
        talk.conversation.continue_reply()
    await talk.ask("Good")
    assert claude.records_of("refusal")[-1].body["messages"] == [{"role": "user", "content": "Good"}]


async def test_a_silence_is_said_and_then_ended(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "REPORT_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(silence, "EXPIRE_AFTER_SECONDS", 0.4)
    for name, more in (("stalls", {"stall_after": 3}), ("no-head", {"first": 60.0, "headless": True})):
        talk = await Talk(claude.url(name, text=prose(9), rate=None, **more), max_retries=2).ask()
        assert talk.reply.status is Status.FAILED
        assert "nothing has come from Claude for 0.4 s" in talk.reply.error
        assert isinstance(talk.conversation.run and talk.conversation.run.error, anthropic.APITimeoutError)
        assert len(talk.ops(Stalled)) == 1
        await asyncio.to_thread(claude.wait_for, lambda name=name: not claude.records_of(name)[0].is_open)
        assert len(claude.records_of(name)) == 1


async def test_pings_are_signs_of_life(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "REPORT_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(silence, "EXPIRE_AFTER_SECONDS", 0.6)
    events: list[dict[str, Any]] = [{"type": "ping"}] * 30
    script = claude.url("pings", text="Hi", rate=None)
    events += list(claude.scenarios["pings"].script())
    claude.scenarios["pings"].events = events
    claude.scenarios["pings"].pace = 0.04
    talk = await Talk(script).ask()
    assert (talk.reply.status, talk.turn.text()) == (Status.DONE, "Hi")
    assert talk.ops(Stalled) == []


async def test_an_answer_that_a_proxy_held_back_is_whole(claude: ClaudeServer) -> None:
    talk = await Talk(claude.url("buffered", text=prose(40), rate=1000, buffered=True)).ask()
    assert talk.turn.text() == "".join(prose(40))


async def test_while_the_sdk_waits_as_it_was_told_the_reader_knows_until_when(claude: ClaudeServer) -> None:
    claude.url("well", text="Hi", rate=None)
    refused = {"status": (429, "rate_limit_error"), "headers": {"retry-after": "0.2"}}
    talk = await Talk(claude.url("waits", then="well", **refused), max_retries=1).ask()
    assert talk.reply.status is Status.DONE
    [quiet, over] = talk.ops(Stalled)
    assert quiet.until - quiet.since == pytest.approx(0.2)
    assert over.until is None


async def test_nobody_waits_an_hour_unasked(claude: ClaudeServer) -> None:
    refused = {"status": (429, "rate_limit_error"), "headers": {"retry-after": "3600"}}
    talk = await Talk(claude.url("hour", **refused), max_retries=2).ask()
    assert talk.reply.status is Status.FAILED
    assert "wait 3600 s" in talk.reply.error
    [*_, moved] = talk.ops(ReplyStatusChanged)
    assert moved.retry_at - moved.at == pytest.approx(3600, abs=1)
    assert len(claude.records_of("hour")) == 1


async def test_an_address_that_does_not_exist_and_a_connection_that_is_not_secure_are_told_apart() -> None:
    nowhere = await Talk("http://nowhere.invalid").ask()
    assert "address was not found" in nowhere.reply.error

    async def answer_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
        await writer.drain()
        writer.close()

    plain = await asyncio.start_server(answer_plainly, "127.0.0.1", 0)
    async with plain:
        insecure = await Talk(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}").ask()
    assert "TLS" in insecure.reply.error
    for talk in (nowhere, insecure):
        assert isinstance(talk.conversation.run and talk.conversation.run.error, anthropic.APIConnectionError)


async def test_a_readers_wishes_are_obeyed_where_they_still_make_sense(claude: ClaudeServer) -> None:
    url = claude.url("wishes", text=prose(200), rate=400, stop_reason="max_tokens")
    talk = Talk(url)
    obey = CommandHandler(talk.conversation).handle
    assert not obey(Retry("p", "k0", "t2"))
    assert not obey(Prompt("p", "k1", "  "))
    assert obey(Prompt("p", "k", "Hello"))
    assert not obey(Prompt("p", "k2", "Hello"))
    assert not obey(Withdraw("p", "k2"))
    assert not obey(Continue("p", "k4", "t2"))
    # The server has sent the text some time before the conversation has it.
    await asyncio.to_thread(claude.wait_for, lambda: talk.turn.text())
    assert not obey(Stop("p", "t2"))
    await talk.end()
    assert talk.reply.status is Status.STOPPED
    assert not obey(Continue("p", "k5", "t9"))
    assert obey(Continue("p", "k6", "t2"))
    talk.conversation.stop("user")
    await talk.end()
    assert obey(Retry("p", "k3", "t2"))
    await talk.end()
    assert talk.turn.text() == "".join(prose(200))
    assert len(talk.conversation.transcript.turns) == 2
