"""A server of one process: where it may listen, and uvicorn with the outer wall."""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import suppress
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette

from .auth import Authenticator, is_loopback
from .connection_limits import HEAD_BYTES, LimitedProtocol

try:
    import resource
except ImportError:  # Windows has no such limit.
    resource = None  # type: ignore[assignment]

OPEN_FILES = 4_096
"""Connections and files of the process: 1,000 readers, as many requests to Claude, and as many more.
Shells begin with 1,024, those of macOS with 256."""

GRACE_SECONDS = 1
"""How long an answer that is no stream may still take when the server ends."""


def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve an app until Ctrl+C.

    Args:
        app: What `create_app` made.
        host: A name or an address of this machine. Beyond loopback the app must have a token or `authorize`.
        port: 0 for any free one. The address is printed.

    Raises:
        ValueError: The host is none of this machine's, or strangers could reach an app which asks for no token.
        OSError: The port is taken or not allowed.
    """
    run(app, listen(app, host, port))


def listen(app: Starlette, host: str, port: int) -> socket.socket:
    """The socket to serve an app on; raises as `serve` does."""
    try:
        # The protocol goes along: asyncio sends small frames at once (TCP_NODELAY) only where a socket says TCP.
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ValueError(f"host is {host!r}, which is no address of this machine; try 127.0.0.1.") from error
    callers = _callers_of(app)
    if not is_loopback(str(address[0])) and (callers is None or not callers.are_asked):
        raise ValueError(
            f"{host!r} can be reached from other machines, and whoever asks spends your money: set a token "
            "(--token, NBSTREAM_TOKEN, create_app(token=…)) or create_app(authorize=…), or listen on 127.0.0.1."
        )
    listening = socket.socket(family, kind, protocol)
    try:
        # A server that was just ended leaves its port in TIME_WAIT. On Windows the option means something else.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise OSError(
            f"Port {port} of {host!r} cannot be listened on ({error.strerror}): choose another, or 0 for any free."
        ) from error
    return listening


def run(app: Starlette, listening: socket.socket) -> None:
    """Serve an app on a socket until Ctrl+C, and print its address."""
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        # An upgraded connection would be outside the wall.
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=HEAD_BYTES,
        server_header=False,
        # It has whole addresses in it, and so tokens.
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _allow_open_files()
    with suppress(KeyboardInterrupt):
        _Server(config, _address_of(app, listening)).run([listening])


class _Server(uvicorn.Server):
    """uvicorn's, which says its address when it can be asked, as Jupyter does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"nbstream: {self._address}", flush=True)


def _allow_open_files() -> None:
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _callers_of(app: Starlette) -> Authenticator | None:
    return getattr(app.state, "callers", None)


def _address_of(app: Starlette, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    name = f"[{address}]" if address.version == 6 else str(address)
    callers = _callers_of(app)
    query = f"?token={quote(callers.token, safe='')}" if callers is not None and callers.token else ""
    return f"http://{name}:{port}/{query}"
