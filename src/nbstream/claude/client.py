"""The door to Claude: what imports the `anthropic` SDK and the HTTP library under it, but for its errors.

Importing it takes about a second, so whoever needs it imports it late and off the main thread. `httpx2` is
`anthropic`'s own dependency; its exceptions come through the SDK's streams, so they are named here and
nowhere else.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import random
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import httpx2
from anthropic import AsyncAnthropic, CredentialsError
from anthropic._base_client import AsyncHttpxClientWrapper
from anthropic._constants import INITIAL_RETRY_DELAY, MAX_RETRY_DELAY
from anthropic.lib.tools import ToolError
from anthropic.types import Message, Usage

from ..kernel.event_loop import at_close
from .errors import as_api_error, cut_short, explain, fell_silent, may_try_again, retry_after, seconds_to_wait

__all__ = [
    "AsyncAnthropic",
    "CredentialsError",
    "as_message",
    "as_tool",
    "as_usage",
    "backoff",
    "client_for_this_loop",
    "close_clients",
    "cut_short",
    "error_content",
    "explain",
    "fell_silent",
    "httpx2",
    "may_try_again",
    "open_events",
    "retry_after",
]

MISSING_KEY = (
    "No key for Claude: set ANTHROPIC_API_KEY, pass client=anthropic.AsyncAnthropic(api_key=…), "
    "or try nbstream without a key with client=nbstream.demo()."
)

LONGEST_WAIT = 60.0
"""Seconds that the SDK waits by itself where the API says when to ask again. It would wait a day if told to; a
reader is better told, and asks again by a button."""

_clients: dict[tuple[object, asyncio.AbstractEventLoop | None], AsyncAnthropic] = {}
_clients_lock = threading.Lock()


def client_for_this_loop(
    client: AsyncAnthropic | None, loop: asyncio.AbstractEventLoop | None = None
) -> AsyncAnthropic:
    """The client to use on a loop: nbstream's own, or a server's.

    HTTP connections belong to the loop that opened them, and a reader may use the same client in cells, so
    nbstream opens its own, and closes them when the reader's client is gone. A client with an HTTP client of the
    reader's own making is used as it is.

    Args:
        client: The reader's, or `None` for the one the environment describes.
        loop: Where what was opened for it is closed.

    Raises:
        CredentialsError: There is no key; the message says where to put one.
    """
    if client is not None and not isinstance(getattr(client, "_client", None), AsyncHttpxClientWrapper):
        return client
    key = (_environment() if client is None else id(client), loop)
    with _clients_lock:
        if key not in _clients:
            _clients[key] = _own_client() if client is None else _copy_for_our_loop(client)
            if client is not None:
                # A notebook that makes a client for each chat would keep a megabyte of each for ever.
                weakref.finalize(client, _forget, key, loop).atexit = False
        return _clients[key]


def _forget(key: Any, loop: asyncio.AbstractEventLoop | None) -> None:
    # Without the lock: whoever is interrupted by the garbage collection may hold it.
    ours = _clients.pop(key, None)
    if ours is not None and loop is not None and not loop.is_closed():
        asyncio.run_coroutine_threadsafe(ours.close(), loop)


def _environment() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith("ANTHROPIC_")))


def _own_client() -> AsyncAnthropic:
    client = AsyncAnthropic()
    if client.api_key is None and client.auth_token is None and client.credentials is None:
        raise CredentialsError(MISSING_KEY)
    return client


def _copy_for_our_loop(client: AsyncAnthropic) -> AsyncAnthropic:
    http_client = anthropic.DefaultAsyncHttpxClient(base_url=client.base_url, timeout=client.timeout)
    return client.copy(http_client=http_client)


async def close_clients() -> None:
    """Close every connection that nbstream opened for the running loop."""
    loop = asyncio.get_running_loop()
    for key in [key for key in list(_clients) if key[1] in (None, loop)]:
        if (client := _clients.pop(key, None)) is not None:
            await client.close()
    # A closed transport lets go of its socket in the loop's next turn.
    await asyncio.sleep(0)


at_close(close_clients)


@asynccontextmanager
async def open_events(
    client: AsyncAnthropic,
    request: Mapping[str, Any],
    heard: Callable[[], None] = lambda: None,
    held: Callable[[float], None] = lambda _: None,
) -> AsyncIterator[AsyncIterator[Any]]:
    """Send a request and give its raw events; leaving the context closes the connection.

    The raw events cost half of what `messages.stream` costs per token (26 against 60 µs), and nbstream keeps
    the text itself.

    Args:
        client: The client to send it with.
        request: What `messages.create` takes.
        heard: Called with every sign of life, pings too, which the SDK keeps to itself.
        held: Called when the SDK waits before it asks again because the API said to, with the seconds.

    Raises:
        APIError: Whatever went wrong, as one of the SDK's own exceptions.
    """
    _check_names(client, request)
    try:
        stream = await _observed(client, heard, held).messages.create(**request, stream=True)
    except httpx2.HTTPError as error:
        raise as_api_error(error, _request_of(error, client)) from error
    _listen(stream.response, heard)
    async with stream:

        async def events() -> AsyncIterator[Any]:
            try:
                async for event in stream:
                    yield event
            except (httpx2.HTTPError, httpx2.StreamError, ValueError) as error:
                raise as_api_error(error, stream.response.request) from error

        yield events()


def _observed(client: AsyncAnthropic, heard: Callable[[], None], held: Callable[[float], None]) -> AsyncAnthropic:
    """The client, with a look at each attempt that the SDK makes."""

    async def observe(request: Any, call_next: Any) -> Any:
        heard()
        response = await call_next(request)
        heard()
        seconds = seconds_to_wait(response.headers) if response.status_code >= 400 else None
        if seconds is not None and seconds > LONGEST_WAIT:
            response.headers["x-should-retry"] = "false"
        elif seconds:
            held(seconds)
        return response

    # Older than the SDK's middleware: then a silence counts from the question on, through all attempts.
    if not hasattr(client, "middleware"):
        return client
    return client.with_options(middleware=[*client.middleware, observe])


def _listen(response: httpx2.Response, heard: Callable[[], None]) -> None:
    chunks = response.aiter_bytes

    async def listened(*size: int) -> AsyncIterator[bytes]:
        async for chunk in chunks(*size):
            heard()
            yield chunk

    response.aiter_bytes = listened  # type: ignore[assignment, method-assign]


def backoff(attempt: int) -> float:
    """Seconds to wait before attempt 1, 2, …: the SDK's own figures and jitter."""
    delay = min(INITIAL_RETRY_DELAY * 2.0 ** (attempt - 1), MAX_RETRY_DELAY)
    return float(delay * (1 - 0.25 * random.random()))


def as_message(data: Mapping[str, Any]) -> Message:
    """A message as the SDK's own type, whether it is complete or not."""
    return Message.construct(**data)


def as_tool(function: Callable[..., Any]) -> Any:
    """A function as the SDK's tool object, with the schema that its types and its docstring make."""
    make = anthropic.beta_async_tool if inspect.iscoroutinefunction(function) else anthropic.beta_tool
    return make(function)


def error_content(error: Exception) -> Any:
    """What an exception of the SDK's `ToolError` kind brings for Claude; `None` for any other."""
    return error.content if isinstance(error, ToolError) else None


def as_usage(data: Mapping[str, Any]) -> Usage:
    """Token counts as the SDK's own type."""
    return Usage.construct(**{"input_tokens": 0, "output_tokens": 0, **data})


def _check_names(client: AsyncAnthropic, request: Mapping[str, Any]) -> None:
    """Refuse what the SDK does not take, with the way that the API's other fields go."""
    taken = inspect.signature(client.messages.create).parameters
    unknown = sorted(set(request) - set(taken))
    if unknown and not any(p.kind is p.VAR_KEYWORD for p in taken.values()):
        names = ", ".join(unknown)
        raise TypeError(
            f"messages.create of anthropic {anthropic.__version__} takes no {names}. "
            f"Check the spelling; a field that the API takes and the SDK does not know goes into extra_body={{…}}."
        )


def _request_of(error: httpx2.HTTPError, client: AsyncAnthropic) -> httpx2.Request:
    try:
        return error.request
    except RuntimeError:
        return httpx2.Request("POST", client.base_url)
