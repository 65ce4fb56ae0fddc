"""Tests of waiting in a browser, with a loop that keeps what it was to block on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude.client import close_clients
from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation
from nbstream.kernel.event_loop import HostLoop
from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.main_thread import MainThread
from nbstream.notebook.suspension import CANNOT_WAIT, suspend_until_end

pytestmark = pytest.mark.anyio

FUNCTIONS = FunctionRunner(MainThread(None))
TEXT = "".join(prose(40))


@pytest.fixture(autouse=True)
async def closed_clients() -> AsyncIterator[None]:
    yield
    await close_clients()


class Browser(HostLoop):
    """A loop of a browser that can set code aside, or cannot.

    `block_on` cannot wait here, because CPython cannot set code aside. The test awaits what it was given.
    """

    can_block = True
    blocked_on: Awaitable[Any]

    def block_on(self, awaitable: Awaitable[Any]) -> Any:
        self.blocked_on = awaitable


def ask(url: str) -> Conversation:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    conversation = Conversation(client, {"model": "m", "max_tokens": 9}, [], time.monotonic)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    return conversation


def suspend(conversation: Conversation, loop: HostLoop, **more: Any) -> None:
    assert conversation.run is not None
    assert conversation.ended is not None
    stop = conversation.stop
    suspend_until_end(conversation.run, conversation.ended, loop, stop=stop, functions=FUNCTIONS, **more)


async def test_the_code_is_set_aside_until_the_end_and_the_text_is_printed(claude: ClaudeServer) -> None:
    conversation, browser, printed = ask(claude.url("aside", text=TEXT, rate=500)), Browser(), []
    suspend(conversation, browser, echo=printed.append)
    await browser.blocked_on
    assert str(conversation.status) == "done"
    assert "".join(printed) == f"{TEXT}\n"


async def test_a_wait_that_takes_too_long_says_so_and_leaves_the_reply_alone(claude: ClaudeServer) -> None:
    conversation, browser = ask(claude.url("aside-long", text=prose(5000), rate=500)), Browser()
    suspend(conversation, browser, timeout_seconds=0.05)
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        await browser.blocked_on
    assert conversation.running
    conversation.stop("user")
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)


async def test_a_failure_is_raised(claude: ClaudeServer) -> None:
    conversation, browser = ask(claude.url("aside-failed", status=(400, "invalid_request_error"))), Browser()
    suspend(conversation, browser)
    with pytest.raises(anthropic.BadRequestError):
        await browser.blocked_on


async def test_another_browser_warns_while_the_reply_runs(claude: ClaudeServer) -> None:
    conversation, browser = ask(claude.url("aside-other", text=TEXT, rate=500)), Browser()
    browser.can_block = False  # type: ignore[misc]
    with pytest.warns(RuntimeWarning) as caught:
        suspend(conversation, browser)
    assert str(caught[0].message) == CANNOT_WAIT
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)
    suspend(conversation, browser)
