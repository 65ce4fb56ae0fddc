"""Copy of a user's client with connections of its own, for another event loop.

A connection belongs to the loop that opened it. A client that has made a request in a cell keeps that connection
open. On another loop the next request would fail on it, and so would the user's own request after that one. The
connections are in pools inside of the client's transports. The copy has the same settings, proxies, certificates,
hooks and cookies, and empty pools. In a browser there are no pools, and the copy has other transports.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

import anthropic
import httpx2
from anthropic import AsyncAnthropic

from . import sdk_internals
from .browser_transport import for_browser


def copy_client(client: AsyncAnthropic) -> AsyncAnthropic | None:
    """Return a copy of a user's client with connections of its own; `None` if it has to be used as it is."""
    users = sdk_internals.http_client_of(client)
    if sys.platform == "emscripten":
        in_browser = for_browser(users)
        return None if in_browser is None else client.copy(http_client=in_browser)
    if sdk_internals.is_made_by_sdk(users):
        certificates = sdk_internals.ssl_context_of(users)
        http_client = anthropic.DefaultAsyncHttpxClient(
            base_url=client.base_url,
            timeout=client.timeout,
            verify=True if certificates is None else certificates,
        )
        return client.copy(http_client=http_client)
    own = with_own_connections(users) if isinstance(users, httpx2.AsyncClient) else None
    return None if own is None else client.copy(http_client=own)


def with_own_connections(http_client: httpx2.AsyncClient) -> httpx2.AsyncClient | None:
    """Return a copy of an HTTP client that opens connections of its own.

    Return `None` if none of the client's transports has a pool of connections that is known here, as is the case
    for the transports of tests and of other HTTP libraries. Such a client can only be used as it is.
    """
    transports = sdk_internals.transports_of(http_client)
    if http_client.is_closed or transports is None:
        return None
    transport, mounts = transports
    own_transport = _copy_of_pools(transport)
    own_mounts = {pattern: _copy_of_pools(mounted) for pattern, mounted in mounts.items()}
    if own_transport is transport and all(own_mounts[pattern] is mounts[pattern] for pattern in mounts):
        return None
    own = copy.copy(http_client)
    sdk_internals.set_transports(own, own_transport, own_mounts)
    return own


def _copy_of_pools(holder: Any) -> Any:
    """Return a copy of a transport with empty pools; return the transport itself if it has no pool.

    A transport may hold another transport, as those do that repeat or record requests.
    """
    if sdk_internals.is_pool(holder):
        pool = copy.copy(holder)
        sdk_internals.empty_pool(pool)
        return pool
    if not isinstance(holder, httpx2.AsyncBaseTransport):
        return holder
    inner = {
        name: _copy_of_pools(value)
        for name, value in vars(holder).items()
        if isinstance(value, httpx2.AsyncBaseTransport) or sdk_internals.is_pool(value)
    }
    if all(own is vars(holder)[name] for name, own in inner.items()):
        return holder
    own = copy.copy(holder)
    vars(own).update(inner)
    return own
