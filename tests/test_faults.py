"""Replies that break off, in every way and at every byte: their text is kept, and they can be asked for again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude import client as client_module
from nbstream.content.message import UserMessage
from nbstream.conversation.commands import CommandHandler
from nbstream.conversation.conversation import Conversation
from nbstream.conversation.reply import rounds, stall_watch
from nbstream.conversation.reply.limits import ReplyLimits
from nbstream.core.command_frames import Continue, Prompt, Retry, Stop, Withdraw
from nbstream.core.ops import ReplyStatusChanged, Stalled, Status

pytestmark = pytest.mark.anyio

DEFAULTS = {"model": "claude-test", "max_tokens": 100}


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "backoff_seconds", lambda _: 0.0)


class Dialogue:
    """A conversation with the scripted server."""

    def __init__(self, url: str, *, max_retries: int = 0, stall_timeout_seconds: float | None = None) -> None:
        self.client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=max_retries)
        limits = ReplyLimits(stall_timeout_seconds=stall_timeout_seconds)
        self.conversation = Conversation(self.client, DEFAULTS, [], time.monotonic, limits=limits)

    async def ask(self, prompt: str = "Hello") -> Dialogue:
        """Send a message, and wait for the end of the reply."""
        self.conversation.ask(UserMessage.from_prompt(prompt), {})
        return await self.wait_for_end()

    async def wait_for_end(self) -> Dialogue:
        """Wait for the end of the reply, and close the connections."""
        assert self.conversation.ended is not None
        await asyncio.wrap_future(self.conversation.ended)
        await client_module.close_clients()
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
async def test_at_any_byte_a_reply_that_breaks_off_keeps_its_text_and_gets_one_sentence(
    claude: ClaudeServer, fault: str
) -> None:
    text = "Grüße 🐍, in a few words."
    whole = await Dialogue(claude.url(f"bytes-{fault}", text=text, rate=None)).ask()
    assert whole.turn.text() == text
    for byte in range(0, 1400, 7):
        url = claude.url(f"byte-{fault}-{byte}", text=text, rate=None, fault=fault, fault_at=byte)
        dialogue = await Dialogue(url).ask()
        assert dialogue.reply.status is Status.FAILED, byte
        assert text.startswith(dialogue.turn.text())
        assert "broke off" in dialogue.reply.error
        assert isinstance(
            dialogue.conversation.run and dialogue.conversation.run.error, anthropic.APIConnectionError
        )


async def test_a_reply_that_broke_off_is_continued_where_it_broke_off(claude: ClaudeServer) -> None:
    claude.url("rest", text=" a time.", rate=None)
    url = claude.url(
        "broke", text=["Once", " upon", " nothing"], rate=None, fault="reset", fault_after=2, then="rest"
    )
    dialogue = await Dialogue(url).ask()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.FAILED, "Once upon")
    dialogue.conversation.continue_reply()
    await dialogue.wait_for_end()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.DONE, "Once upon a time.")
    assert dialogue.conversation.run is not None
    assert dialogue.conversation.run.error is None
    assert [message["role"] for message in claude.records_of("broke")[-1].body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]
    assert dialogue.conversation.transcript.usage()["input_tokens"] == 20
    with pytest.raises(RuntimeError, match="complete"):
        dialogue.conversation.continue_reply()


async def test_a_retried_reply_keeps_the_old_text_until_the_new_one_begins(
    claude: ClaudeServer,
) -> None:
    claude.url("better", text="Whole.", rate=None, then="better")
    url = claude.url("half", text=["Ha", "lf"], rate=None, fault="early_end", fault_after=1, then="refuses")
    claude.url("refuses", status=(401, "authentication_error"))
    dialogue = await Dialogue(url).ask()
    dialogue.conversation.retry()
    await dialogue.wait_for_end()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.FAILED, "Ha")
    claude.scenarios["half"].then = "better"
    dialogue.conversation.retry()
    await dialogue.wait_for_end()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.DONE, "Whole.")
    assert claude.records_of("half")[-1].body["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("begun", [False, True])
async def test_a_continuation_that_breaks_off_before_its_first_text_is_retried(
    claude: ClaudeServer, begun: bool
) -> None:
    name = f"again-{begun}"
    url = claude.url(name, text="Once", rate=None, stop_reason="max_tokens", then=f"{name}-rest")
    thinking = [] if begun else None
    claude.url(f"{name}-rest", text=" upon", rate=None, thinking=thinking, fault="reset", fault_after=1, faults=2)
    if not begun:
        claude.scenarios[f"{name}-rest"].fault_after = 0
    dialogue = await Dialogue(url, max_retries=2).ask()
    assert dialogue.reply.stop_reason == "max_tokens"
    dialogue.conversation.continue_reply()
    await dialogue.wait_for_end()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.DONE, "Once upon")


async def test_a_paused_turn_is_continued_automatically(claude: ClaudeServer) -> None:
    claude.url("resumed", text=" and here is the rest.", rate=None)
    url = claude.url("pauses", text="Let me look", rate=None, stop_reason="pause_turn", then="resumed")
    dialogue = await Dialogue(url).ask()
    assert (dialogue.reply.status, dialogue.reply.stop_reason) == (Status.DONE, "end_turn")
    assert dialogue.turn.text() == "Let me look and here is the rest."
    first, second = claude.records_of("pauses")
    assert second.body["messages"][:-1] == first.body["messages"]
    assert second.body["messages"][-1]["content"] == [{"type": "text", "text": "Let me look"}]
    assert dialogue.conversation.transcript.usage()["input_tokens"] == 20
    assert dialogue.conversation.run is not None
    assert dialogue.conversation.run.message["stop_reason"] == "end_turn"


async def test_endless_pauses_are_ended(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MAX_PAUSE_TURNS", 2)
    dialogue = await Dialogue(claude.url("endless", text="x", rate=None, stop_reason="pause_turn")).ask()
    assert (dialogue.reply.status, dialogue.reply.stop_reason) == (Status.DONE, "pause_turn")
    assert len(claude.records_of("endless")) == 3


async def test_a_refusal_is_not_a_failure_and_is_left_out_of_later_requests(claude: ClaudeServer) -> None:
    claude.url("fine", text="Fine.", rate=None)
    dialogue = await Dialogue(claude.url("refusal", text="I", rate=None, stop_reason="refusal", then="fine")).ask(
        "Bad"
    )
    assert (dialogue.reply.status, dialogue.reply.stop_reason) == (Status.DONE, "refusal")
    with pytest.raises(RuntimeError, match="retry"):
        dialogue.conversation.continue_reply()
    await dialogue.ask("Good")
    assert claude.records_of("refusal")[-1].body["messages"] == [{"role": "user", "content": "Good"}]


async def test_a_stall_is_reported_and_then_ended(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall_watch, "REPORT_AFTER_SECONDS", 0.1)
    for name, more in (("stalls", {"stall_after": 3}), ("no-head", {"first": 60.0, "headless": True})):
        url = claude.url(name, text=prose(9), rate=None, **more)
        dialogue = await Dialogue(url, max_retries=2, stall_timeout_seconds=0.4).ask()
        assert dialogue.reply.status is Status.FAILED
        assert "nothing has come from Claude for 0.4 s" in dialogue.reply.error
        assert isinstance(dialogue.conversation.run and dialogue.conversation.run.error, anthropic.APITimeoutError)
        assert len(dialogue.ops(Stalled)) == 1
        await asyncio.to_thread(claude.wait_for, lambda name=name: not claude.records_of(name)[0].is_open)
        assert len(claude.records_of(name)) == 1


async def test_pings_count_as_activity(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall_watch, "REPORT_AFTER_SECONDS", 0.5)
    events: list[dict[str, Any]] = [{"type": "ping"}] * 30
    script = claude.url("pings", text="Hi", rate=None)
    events += list(claude.scenarios["pings"].script())
    claude.scenarios["pings"].events = events
    claude.scenarios["pings"].pace = 0.04
    dialogue = await Dialogue(script, stall_timeout_seconds=0.6).ask()
    assert (dialogue.reply.status, dialogue.turn.text()) == (Status.DONE, "Hi")
    assert dialogue.ops(Stalled) == []


async def test_an_answer_that_a_proxy_buffered_is_complete(claude: ClaudeServer) -> None:
    dialogue = await Dialogue(claude.url("buffered", text=prose(40), rate=1000, buffered=True)).ask()
    assert dialogue.turn.text() == "".join(prose(40))


async def test_while_the_sdk_waits_before_a_retry_the_user_knows_until_when(claude: ClaudeServer) -> None:
    claude.url("well", text="Hi", rate=None)
    refused = {"status": (429, "rate_limit_error"), "headers": {"retry-after": "0.2"}}
    dialogue = await Dialogue(claude.url("waits", then="well", **refused), max_retries=1).ask()
    assert dialogue.reply.status is Status.DONE
    [quiet, over] = dialogue.ops(Stalled)
    assert quiet.until - quiet.since == pytest.approx(0.2)
    assert over.until is None


async def test_a_wait_of_an_hour_is_left_to_the_user(claude: ClaudeServer) -> None:
    refused = {"status": (429, "rate_limit_error"), "headers": {"retry-after": "3600"}}
    dialogue = await Dialogue(claude.url("hour", **refused), max_retries=2).ask()
    assert dialogue.reply.status is Status.FAILED
    assert "wait 3600 s" in dialogue.reply.error
    [*_, moved] = dialogue.ops(ReplyStatusChanged)
    assert moved.retry_at - moved.at == pytest.approx(3600, abs=1)
    assert len(claude.records_of("hour")) == 1


async def test_an_unknown_address_and_a_failed_tls_handshake_get_different_messages() -> None:
    nowhere = await Dialogue("http://nowhere.invalid").ask()
    assert "address was not found" in nowhere.reply.error

    async def answer_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
        await writer.drain()
        writer.close()

    plain = await asyncio.start_server(answer_plainly, "127.0.0.1", 0)
    async with plain:
        insecure = await Dialogue(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}").ask()
    assert "TLS" in insecure.reply.error
    for dialogue in (nowhere, insecure):
        assert isinstance(
            dialogue.conversation.run and dialogue.conversation.run.error, anthropic.APIConnectionError
        )


async def test_commands_are_handled_only_in_states_that_allow_them(claude: ClaudeServer) -> None:
    url = claude.url("wishes", text=prose(200), rate=400, stop_reason="max_tokens")
    dialogue = Dialogue(url)
    handle = CommandHandler(dialogue.conversation).handle
    assert not handle(Retry("p", "k0", "t2"))
    assert not handle(Prompt("p", "k1", "  "))
    assert handle(Prompt("p", "k", "Hello"))
    assert not handle(Prompt("p", "k2", "Hello"))
    assert not handle(Withdraw("p", "k2"))
    assert not handle(Continue("p", "k4", "t2"))
    # The server records a delta before the conversation has its text.
    await asyncio.to_thread(claude.wait_for, lambda: dialogue.turn.text())
    assert not handle(Stop("p", "t2"))
    await dialogue.wait_for_end()
    assert dialogue.reply.status is Status.STOPPED
    assert not handle(Continue("p", "k5", "t9"))
    assert handle(Continue("p", "k6", "t2"))
    dialogue.conversation.stop("user")
    await dialogue.wait_for_end()
    assert handle(Retry("p", "k3", "t2"))
    await dialogue.wait_for_end()
    assert dialogue.turn.text() == "".join(prose(200))
    assert len(dialogue.conversation.transcript.turns) == 2
