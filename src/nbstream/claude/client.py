"""Client of the `anthropic` SDK: its creation and its end, and conversion of data to the SDK's types.

Importing this module takes about a second, because it imports the `anthropic` SDK. So other modules import this
one late and off the main thread. `httpx2` is the HTTP library under the SDK, and the SDK's streams let its
exceptions through.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import random
import sys
import warnings
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import anthropic
import httpx2
from anthropic import AsyncAnthropic, CredentialsError
from anthropic.lib.tools import ToolError
from anthropic.types import Message, Usage

from ..kernel.event_loop import register_close_hook
from ..kernel.fork_safe_lock import ForkSafeLock
from .http_client import copy_client
from .models import CLAUDE_API_HOST
from .sdk_internals import INITIAL_RETRY_SECONDS, MAX_RETRY_SECONDS

MISSING_KEY = (
    "No key for Claude: set ANTHROPIC_API_KEY, pass client=anthropic.AsyncAnthropic(api_key=…), "
    "or try nbstream without a key with client=nbstream.demo()."
)

_clients: dict[tuple[object, asyncio.AbstractEventLoop | None], AsyncAnthropic] = {}
_clients_lock = ForkSafeLock()


def client_for_this_loop(
    client: AsyncAnthropic | None, loop: asyncio.AbstractEventLoop | None = None
) -> AsyncAnthropic:
    """Return the client to use on an event loop, which is nbstream's own loop or a server's.

    HTTP connections belong to the loop that opened them, and the user's cells may use the same client on another
    loop. So nbstream uses a copy of the client with connections of its own, and closes them when the user's client
    is garbage-collected. A client that the user made with an HTTP client (`http_client=…`) keeps the settings of
    that one. It is used as it is where `copy_client` finds no connections in it.

    Args:
        client: The user's client, or `None` to make one from the environment variables.
        loop: The loop on which the connections are closed; with `None`, the first loop that calls `close_clients`.

    Raises:
        CredentialsError: No key was found; the message says where to put one.
    """
    key = (_environment() if client is None else id(client), loop)
    with _clients_lock:
        if key not in _clients:
            if client is None:
                _clients[key] = _environment_client()
            elif (ours := copy_client(client)) is None:
                return client
            else:
                _clients[key] = ours
                # Our copy of the client is dropped together with the user's client. Otherwise a notebook that
                # makes a client for each chat would keep a megabyte for each of them for ever.
                weakref.finalize(client, _discard, key, loop).atexit = False
        return _clients[key]


def client_for_many(
    client: AsyncAnthropic | None, loop: asyncio.AbstractEventLoop | None = None
) -> tuple[AsyncAnthropic, int]:
    """Return a client for many requests. The caller repeats failed ones, at a pace for all of them.

    Args:
        client: The user's client, or `None` for the one that the environment describes.
        loop: As for `client_for_this_loop`.

    Returns:
        A client that repeats no request by itself, and how often the user's client would send a request.

    Raises:
        CredentialsError: No key was found; the message says where to put one.
    """
    base = client_for_this_loop(None, loop) if client is None else client
    return base.with_options(max_retries=0), base.max_retries + 1


def missing_key_advice() -> str | None:
    """Return advice on how to set a key if the environment has none; return `None` if it has one."""
    try:
        client_for_this_loop(None)
    except CredentialsError as error:
        return str(error)
    return None


def _discard(key: Any, loop: asyncio.AbstractEventLoop | None) -> None:
    # This function takes no lock, because the garbage collector may run it in a thread that holds the lock
    # already.
    ours = _clients.pop(key, None)
    if ours is not None and loop is not None and not loop.is_closed():
        asyncio.run_coroutine_threadsafe(ours.close(), loop)


def _environment() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith("ANTHROPIC_")))


def _environment_client() -> AsyncAnthropic:
    with warnings.catch_warnings():
        # In a browser the SDK's client warns of options for connections that it has set itself.
        warnings.filterwarnings("ignore", "The following transport option", UserWarning)
        client = AsyncAnthropic()
    if client.api_key is None and client.auth_token is None and client.credentials is None:
        raise CredentialsError(MISSING_KEY)
    return (copy_client(client) or client) if sys.platform == "emscripten" else client


def read_timeout_seconds(client: AsyncAnthropic) -> float | None:
    """Return the silence that a client accepts from a server that sends no pings.

    Returns:
        `None` for the Claude API, whose pings make a shorter limit safe; otherwise the client's read timeout in
        seconds, which is infinite where the client has none.
    """
    if httpx2.URL(str(client.base_url)).host == CLAUDE_API_HOST:
        return None
    timeout = client.timeout
    read = timeout.read if isinstance(timeout, httpx2.Timeout) else timeout
    return math.inf if read is None else float(read)


async def close_clients() -> None:
    """Close every connection that nbstream opened for the running loop."""
    loop = asyncio.get_running_loop()
    for key in [key for key in list(_clients) if key[1] in (None, loop)]:
        if (client := _clients.pop(key, None)) is not None:
            await client.close()
    # A closed transport releases its socket in the loop's next iteration.
    await asyncio.sleep(0)


register_close_hook(close_clients)


def backoff_seconds(attempt: int) -> float:
    """Return the seconds to wait before repeated attempt 1, 2, …, with the SDK's own figures and jitter."""
    delay = min(INITIAL_RETRY_SECONDS * 2.0 ** (attempt - 1), MAX_RETRY_SECONDS)
    return float(delay * (1 - 0.25 * random.random()))


def as_message(data: Mapping[str, Any]) -> Message:
    """Convert the data of a message into the SDK's `Message`, even if some fields are still missing."""
    return Message.construct(**data)


def as_tool(function: Callable[..., Any]) -> Any:
    """Convert a function into the SDK's tool object, with a schema made of its types and its docstring."""
    make = anthropic.beta_async_tool if inspect.iscoroutinefunction(function) else anthropic.beta_tool
    return make(function)


def transform_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a JSON schema into one that the API takes; what it does not take becomes a part of descriptions."""
    return anthropic.transform_schema(dict(schema))


def tool_error_content(error: Exception) -> Any:
    """Return the content that an SDK `ToolError` has for Claude; return `None` for any other exception."""
    return error.content if isinstance(error, ToolError) else None


def as_usage(data: Mapping[str, Any]) -> Usage:
    """Convert token counts into the SDK's `Usage`."""
    return Usage.construct(**{"input_tokens": 0, "output_tokens": 0, **data})
