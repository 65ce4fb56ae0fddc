"""Tests of the transport for Python in a browser, with a transport that behaves as `httpx2_jsfetch` 1.0 does.

`AsyncEmscriptenStream` there yields `result_js.value.to_py()`, which is a `memoryview`. It has the attribute
`abort_controller_js`, and its `aclose` only drops the reader. `tests/test_pyodide.py` runs the real one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude import client as claude
from nbstream.claude import http_client
from nbstream.claude.browser_transport import BROWSER_ACCESS, for_browser
from nbstream.claude.demo import encode_event, reply_events

pytestmark = pytest.mark.anyio

QUESTION: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


class AbortController:
    def __init__(self) -> None:
        self.aborted = asyncio.Event()

    def abort(self) -> None:
        self.aborted.set()


class FetchStream(httpx2.AsyncByteStream):
    def __init__(self, controller: AbortController, body: list[bytes], hold: bool) -> None:
        self.abort_controller_js = controller
        self._body = body
        self._hold = hold

    async def __aiter__(self) -> AsyncIterator[Any]:
        for piece in self._body:
            yield memoryview(piece)
        if self._hold:
            await asyncio.Event().wait()


class Fetch(httpx2.AsyncBaseTransport):
    """A transport that calls `fetch`.

    Args:
        hold: Does not end the body.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.requests: list[httpx2.Request] = []
        self.asked = asyncio.Event()
        self.controller = AbortController()
        self.answered = asyncio.Event()
        self.answered.set()
        self._hold = hold

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.asked.set()
        await self.answered.wait()
        body = [encode_event(event) for event in reply_events([("text", ["Hel", "lo"])], model="m")]
        stream = FetchStream(self.controller, body[:4] if self._hold else body, self._hold)
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)


def client_of(fetch: Fetch, base_url: str = "https://api.anthropic.com") -> anthropic.AsyncAnthropic:
    http_client = for_browser(httpx2.AsyncClient(transport=fetch, mounts={"all://internal": None}))
    return anthropic.AsyncAnthropic(api_key="k", base_url=base_url, http_client=http_client, max_retries=0)


async def test_the_sdk_reads_a_stream_whose_pieces_are_memoryviews() -> None:
    fetch = Fetch()
    async with client_of(fetch).messages.stream(**QUESTION) as stream:
        assert await stream.get_final_text() == "Hello"


@pytest.mark.parametrize(
    ("base_url", "header"), [("https://api.anthropic.com", "true"), ("https://claude.example", None)]
)
async def test_only_the_claude_api_gets_the_header_for_browsers(base_url: str, header: str | None) -> None:
    fetch = Fetch()
    async with client_of(fetch, base_url).messages.stream(**QUESTION) as stream:
        await stream.get_final_text()
    assert fetch.requests[0].headers.get(BROWSER_ACCESS) == header


async def test_a_stream_that_is_left_is_aborted() -> None:
    fetch = Fetch(hold=True)
    async with client_of(fetch).messages.stream(**QUESTION) as stream:
        assert await anext(stream.text_stream) == "Hel"
        assert not fetch.controller.aborted.is_set()
    assert fetch.controller.aborted.is_set()


async def test_a_request_that_is_cancelled_before_its_response_is_aborted_when_that_comes() -> None:
    fetch = Fetch(hold=True)
    fetch.answered.clear()
    asked = asyncio.ensure_future(client_of(fetch).messages.create(**QUESTION, stream=True))
    await fetch.asked.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    fetch.answered.set()
    await fetch.controller.aborted.wait()


async def test_in_a_browser_every_client_sends_through_this_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client.sys, "platform", "emscripten")
    fetch = Fetch()
    users = anthropic.AsyncAnthropic(api_key="k", http_client=httpx2.AsyncClient(transport=fetch))
    async with claude.client_for_this_loop(users).messages.stream(**QUESTION) as stream:
        assert await stream.get_final_text() == "Hello"
    monkeypatch.setattr(claude, "AsyncAnthropic", lambda: users)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "for this test alone")
    async with claude.client_for_this_loop(None).messages.stream(**QUESTION) as stream:
        assert await stream.get_final_text() == "Hello"
    assert [request.headers[BROWSER_ACCESS] for request in fetch.requests] == ["true", "true"]


async def test_a_client_without_known_transports_is_used_as_it_is() -> None:
    assert for_browser(object()) is None
