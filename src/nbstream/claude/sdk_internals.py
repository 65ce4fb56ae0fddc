"""Private names of the SDK and of its HTTP library. Only this module reaches for them, each with a fallback.

A version in which a name is gone loses the advantage of that name, and everything else works.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

import anthropic

try:
    from anthropic._constants import INITIAL_RETRY_DELAY, MAX_RETRY_DELAY
except ImportError:
    INITIAL_RETRY_DELAY, MAX_RETRY_DELAY = 0.5, 8.0

INITIAL_RETRY_SECONDS = INITIAL_RETRY_DELAY
MAX_RETRY_SECONDS = MAX_RETRY_DELAY
"""The pauses of the SDK before its first and its latest attempts. The fallbacks are those of version 2."""

_own_clients: tuple[type[Any], ...] = ()
with suppress(ImportError):
    from anthropic._base_client import AsyncHttpxClientWrapper

    _own_clients = (AsyncHttpxClientWrapper,)

_pools: tuple[type[Any], ...] = ()
# In Pyodide the HTTP library has no connections of its own.
with suppress(ImportError):
    from httpcore2 import AsyncConnectionPool

    _pools = (AsyncConnectionPool,)


_decoders: tuple[type[Any], ...] = ()
with suppress(ImportError):
    from anthropic._streaming import SSEDecoder

    _decoders = (SSEDecoder,)


def http_client_of(client: Any) -> Any:
    """Return the HTTP client of an SDK client; `None` if it cannot be found."""
    return getattr(client, "_client", None)


def is_made_by_sdk(http_client: object) -> bool:
    """Tell whether the SDK made this HTTP client itself; no if that is not known."""
    return isinstance(http_client, _own_clients)


def transports_of(http_client: Any) -> tuple[Any, dict[Any, Any]] | None:
    """Return the transport of an HTTP client and its transports by pattern; `None` if they cannot be found."""
    mounts = getattr(http_client, "_mounts", None)
    transport = getattr(http_client, "_transport", None)
    return None if transport is None or not isinstance(mounts, dict) else (transport, mounts)


def ssl_context_of(http_client: Any) -> ssl.SSLContext | None:
    """Return the certificates and settings of an HTTP client's connections; `None` if they cannot be found.

    Any number of clients may share them. To load them takes 12 ms or more.
    """
    found = transports_of(http_client)
    pools = vars(found[0]).values() if found is not None else ()
    contexts = [getattr(pool, "_ssl_context", None) for pool in pools if is_pool(pool)]
    return next((context for context in contexts if isinstance(context, ssl.SSLContext)), None)


def set_transports(http_client: Any, transport: Any, mounts: dict[Any, Any]) -> None:
    """Give a copy of an HTTP client other transports."""
    http_client._transport = transport
    http_client._mounts = mounts


def is_pool(pool: object) -> bool:
    """Tell whether this object is a pool of connections that `empty_pool` can empty."""
    return isinstance(pool, _pools) and hasattr(pool, "_connections") and hasattr(pool, "_requests")


def empty_pool(pool: Any) -> None:
    """Take all connections and requests out of a copy of a pool. Those of the original stay as they are."""
    pool._connections = []
    pool._requests = []


def share_platform(known: object, other: Any) -> None:
    """Tell a client the platform that another one knows. Each finds it out in a thread, at its first request."""
    platform = getattr(known, "_platform", None)
    if platform is not None and hasattr(other, "_platform"):
        other._platform = platform


def abort_fetch(stream: object) -> None:
    """Abort the request of a body that JavaScript's `fetch` reads; do nothing for another body."""
    controller = getattr(stream, "abort_controller_js", None)
    if controller is not None:
        controller.abort()


def is_plain_stream(stream: Any) -> bool:
    """Tell whether the body of a stream may be decoded here: it has server-sent events, and nothing traces them.

    Amazon Bedrock sends events in another form. If that is not known, the SDK decodes the body.
    """
    is_traced = getattr(getattr(stream.response, "stream", None), "stream_observer", None) is not None
    return type(getattr(stream, "_decoder", None)) in _decoders and not is_traced


def plain_events(stream: Any) -> AsyncIterator[Any]:
    """Have a stream of the SDK yield the data of its events as it came; the fallback is the SDK's objects as data.

    To build an object for each event takes 11 µs more (`benchmarks/events.py`).
    """
    if hasattr(stream, "_cast_to"):
        stream._cast_to = object
    return _as_data(stream)


async def _as_data(stream: Any) -> AsyncIterator[Any]:
    async for event in stream:
        yield event.to_dict(warnings=False) if hasattr(event, "to_dict") else event


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds after which the headers of a response say to ask again; `None` if they do not say so.

    The SDK's own parser understands seconds, milliseconds and dates; the fallback does not understand dates.
    """
    parse = getattr(anthropic.AsyncAnthropic, "_parse_retry_after_header", None)
    if parse is not None:
        # The parser does not use the client, so `None` is passed for the client.
        seconds: float | None = parse(None, headers)
        return seconds
    for name, unit_seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(TypeError, ValueError):
            return float(headers.get(name, "")) * unit_seconds
    return None
