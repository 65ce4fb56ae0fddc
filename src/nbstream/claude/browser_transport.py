"""HTTP transport for Python that runs in a browser (Pyodide), where JavaScript's `fetch` sends the requests.

There the SDK sends its requests through the package `httpx2_jsfetch`. Version 1.0 yields pieces of a body as
`memoryview`, which the SDK's decoder of streams cannot read, and a closed body goes on arriving, and costing, to
its end. The transport here stands in front of that one. It turns the pieces into `bytes` and aborts the request.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from . import sdk_internals
from .models import CLAUDE_API_HOST

BROWSER_ACCESS = "anthropic-dangerous-direct-browser-access"
"""The header without which the Claude API refuses requests of a browser. Other servers do not get it, because they
would have to allow it by name."""


def for_browser(http_client: Any) -> Any | None:
    """Return a copy of an HTTP client that sends through `BrowserTransport`.

    Return `None` if the client's transports cannot be found. Such a client can only be used as it is.
    """
    transports = sdk_internals.transports_of(http_client)
    if transports is None:
        return None
    transport, mounts = transports
    own = copy.copy(http_client)
    own_mounts = {pattern: mounted and BrowserTransport(mounted) for pattern, mounted in mounts.items()}
    sdk_internals.set_transports(own, BrowserTransport(transport), own_mounts)
    return own


class BrowserTransport(httpx2.AsyncBaseTransport):
    """A transport in front of the one that calls `fetch`.

    Args:
        fetching: The transport that calls `fetch`, or any other one.
    """

    def __init__(self, fetching: httpx2.AsyncBaseTransport) -> None:
        self._fetching = fetching

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; if this call is cancelled, abort the request as soon as its response begins."""
        if request.url.host == CLAUDE_API_HOST:
            request.headers.setdefault(BROWSER_ACCESS, "true")
        # A cancelled `await` of `fetch` would leave the request without anybody who could abort it.
        sending = asyncio.ensure_future(self._fetching.handle_async_request(request))
        try:
            response = await asyncio.shield(sending)
        except asyncio.CancelledError:
            sending.add_done_callback(_abort_response)
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BrowserStream(response.stream)
        return response

    async def aclose(self) -> None:
        """Close the transport that calls `fetch`."""
        await self._fetching.aclose()


class _BrowserStream(httpx2.AsyncByteStream):
    def __init__(self, fetched: httpx2.AsyncByteStream) -> None:
        self._fetched = fetched

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._fetched:
            yield bytes(piece)

    async def aclose(self) -> None:
        sdk_internals.abort_fetch(self._fetched)
        await self._fetched.aclose()


def _abort_response(sending: asyncio.Future[httpx2.Response]) -> None:
    if not sending.cancelled() and sending.exception() is None:
        sdk_internals.abort_fetch(sending.result().stream)
