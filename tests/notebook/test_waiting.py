"""Three ways to wait for a reply, and an interrupt in each."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from concurrent.futures import Future
from typing import Any

import anthropic
import httpx2
import pytest
from claude_server import ClaudeServer, prose

from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation
from nbstream.conversation.reply.run import ReplyRun
from nbstream.kernel.event_loop import ThreadLoop
from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.main_thread import MainThread
from nbstream.notebook.waiting import aiter_text, await_end, block_until_end

TEXT = "".join(prose(60))

FUNCTIONS = FunctionRunner(MainThread(None))


class Talk:
    def __init__(self, own: ThreadLoop, url: str, **client_arguments: Any) -> None:
        self.own = own
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0, **client_arguments)
        self.conversation = Conversation(client, {"model": "m", "max_tokens": 9}, [], time.monotonic)
        own.call(self.conversation.ask, UserMessage.from_prompt("Hello"), {})
        assert self.conversation.run is not None
        assert self.conversation.ended is not None
        self.run: ReplyRun = self.conversation.run
        self.ended: Future[None] = self.conversation.ended

    def stop(self, reason: str) -> None:
        self.own.post(self.conversation.stop, reason)

    def block(self, **more: Any) -> None:
        block_until_end(self.run, self.ended, stop=self.stop, call=self.own.call, functions=FUNCTIONS, **more)

    @property
    def status(self) -> str:
        return str(self.conversation.status)


def test_blocking_lasts_until_the_end(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("block", text=TEXT, rate=500))
    talk.block()
    assert (talk.status, talk.run.turn.text()) == ("done", TEXT)
    talk.block()


def test_pages_are_polled_meanwhile_and_a_failing_poll_does_no_harm(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("pump", text=prose(5000)))
    pumped: list[int] = []

    def pump() -> None:
        pumped.append(1)
        if len(pumped) == 5:
            talk.stop("user")
        raise ZeroDivisionError

    talk.block(poll=pump)
    assert talk.status == "stopped"
    assert len(pumped) >= 5


def test_a_timeout_leaves_the_reply_running(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("timeout", stall_after=1))
    with pytest.raises(TimeoutError, match=r"chat\.stop"):
        talk.block(timeout_seconds=0.1)
    assert talk.status in ("waiting", "streaming")
    with pytest.raises(TimeoutError):
        talk.block(timeout_seconds=0)


def test_a_failed_reply_raises_its_error_in_one_line(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("fails", status=(401, "authentication_error")))
    with pytest.raises(anthropic.AuthenticationError) as caught:
        talk.block()
    assert len(caught.value._render_traceback_()) == 1  # type: ignore[attr-defined]


def test_an_interrupt_stops_the_reply_and_is_raised_again(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("interrupted", text=prose(5000)))

    def pump() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        talk.block(poll=pump)
    assert talk.conversation.transcript.last_reply.reply.stop_reason == "interrupt"  # type: ignore[union-attr]
    assert "nbstream.last.text" in caught.value._render_traceback_()[0]  # type: ignore[attr-defined]


def test_without_a_page_the_text_is_printed_as_it_comes(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("echo", text=TEXT, rate=500, thinking=["Hm."]))
    printed: list[str] = []
    talk.block(echo=printed.append)
    assert "".join(printed) == TEXT + "\n"
    assert len(printed) > 5


ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\r"
ESCAPES_SHOWN = "\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\u202egpj.exe\\x0d"


@pytest.mark.parametrize("rate", [None, 500.0])
def test_an_answer_cannot_command_the_terminal_that_it_is_printed_to(
    own: ThreadLoop, claude: ClaudeServer, rate: float | None
) -> None:
    text = [f"a\tb\n{ESCAPES}", *ESCAPES]
    talk = Talk(own, claude.url(f"echo-escapes-{rate}", text=text, rate=rate))
    printed: list[str] = []
    talk.block(echo=printed.append)
    assert "".join(printed) == f"a\tb\n{ESCAPES_SHOWN}{ESCAPES_SHOWN}\n"
    assert talk.run.turn.text() == "".join(text)


@pytest.mark.anyio
@pytest.mark.parametrize("body", [ESCAPES, json.dumps({"error": {"type": "x", "message": ESCAPES}})])
async def test_an_error_that_quotes_the_api_cannot_command_the_terminal(own: ThreadLoop, body: str) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(400, text=body))
    async with httpx2.AsyncClient(transport=transport) as http:
        talk = Talk(own, "http://api.test", http_client=http)

        async def read() -> None:
            async for _ in aiter_text(talk.run, own.call, talk.stop, FUNCTIONS):
                pass

        for wait in (
            lambda: asyncio.to_thread(talk.block),
            lambda: await_end(talk.run, talk.ended, talk.stop, FUNCTIONS),
            read,
        ):
            with pytest.raises(anthropic.BadRequestError) as caught:
                await wait()
            # Python's own traceback, and IPython's with its colours taken off.
            plain = "".join(traceback.format_exception(caught.value))
            [short] = caught.value._render_traceback_()  # type: ignore[attr-defined]
            for shown in (plain, short.removeprefix("\x1b[31m").replace("\x1b[39m", "", 1)):
                assert shown.translate({9: None, 10: None}).isprintable()
            assert "owned" in plain
            # The SDK keeps a body that is no JSON without the white space around it.
            assert str(caught.value.body) == str(json.loads(body) if body[0] == "{" else body.strip())


@pytest.mark.anyio
async def test_awaiting_leaves_the_loop_free(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("await", text=TEXT, rate=500))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.005)

    counting = asyncio.create_task(count())
    await await_end(talk.run, talk.ended, talk.stop, FUNCTIONS)
    counting.cancel()
    assert talk.status == "done"
    assert turns > 5


@pytest.mark.anyio
async def test_cancelling_an_await_stops_the_reply(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("cancel", text=prose(5000)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(await_end(talk.run, talk.ended, talk.stop, FUNCTIONS), 0.1)
    await asyncio.wrap_future(talk.ended)
    assert talk.status == "stopped"


@pytest.mark.anyio
async def test_awaiting_a_failed_reply_raises_its_error(own: ThreadLoop, claude: ClaudeServer) -> None:
    talk = Talk(own, claude.url("await-fails", status=(400, "invalid_request_error")))
    with pytest.raises(anthropic.BadRequestError):
        await await_end(talk.run, talk.ended, talk.stop, FUNCTIONS)
    with pytest.raises(anthropic.BadRequestError):
        [piece async for piece in aiter_text(talk.run, own.call, talk.stop, FUNCTIONS)]


@pytest.mark.anyio
@pytest.mark.parametrize("rate", [None, 500.0])
async def test_the_pieces_are_the_text_whenever_one_begins_to_read(
    own: ThreadLoop, claude: ClaudeServer, rate: float | None
) -> None:
    talk = Talk(own, claude.url(f"pieces-{rate}", text=TEXT, rate=rate))
    await asyncio.sleep(0.05)
    pieces = [piece async for piece in aiter_text(talk.run, own.call, talk.stop, FUNCTIONS)]
    assert "".join(pieces) == TEXT
    assert all(pieces)
    assert talk.run._subscribers._subscribers == []


@pytest.mark.anyio
async def test_leaving_the_iteration_leaves_the_reply_running_and_cancelling_it_stops_the_reply(
    own: ThreadLoop, claude: ClaudeServer
) -> None:
    talk = Talk(own, claude.url("leave", text=prose(5000)))
    pieces = aiter_text(talk.run, own.call, talk.stop, FUNCTIONS)
    async for _ in pieces:
        break
    await pieces.aclose()  # type: ignore[attr-defined]
    assert talk.status == "streaming"

    async def read() -> None:
        async for _ in aiter_text(talk.run, own.call, talk.stop, FUNCTIONS):
            pass

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(), 0.1)
    await asyncio.wrap_future(talk.ended)
    assert talk.status == "stopped"
