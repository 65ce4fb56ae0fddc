"""HTTP server of one process: uvicorn with limits of connections, and a check of the address to listen on."""

from __future__ import annotations

import gc
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
except ImportError:  # Windows has no `resource` module.
    resource = None  # type: ignore[assignment]

OPEN_FILES = 4_096
"""Connections and files that the process may have open: 1,000 for readers, 1,000 for requests to Claude, and about
as many for other purposes. The default limit of shells is 1,024, and 256 on macOS."""

GRACE_SECONDS = 1
"""Time that a running response gets to finish when the server shuts down. Streams are ended at once."""


def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve an app until Ctrl+C.

    Args:
        app: An app of `create_app`.
        host: A name or an address of this machine. If other machines can reach the address, the app must have a
            token or an `authorize` function.
        port: The port to listen on; 0 for any free one. The server prints its address.

    Raises:
        ValueError: The host is not an address of this machine, or other machines could reach an app without
            authentication.
        OSError: The port is in use or not allowed.
    """
    run_server(app, bind_socket(app, host, port))


def bind_socket(app: Starlette, host: str, port: int) -> socket.socket:
    """Bind the socket on which an app will be served. The arguments and errors are those of `serve`."""
    try:
        # The socket gets the protocol that `getaddrinfo` returns, because asyncio sends small frames at once
        # (TCP_NODELAY) only if the socket names TCP as its protocol.
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ValueError(f"host is {host!r}, which is not an address of this machine; try 127.0.0.1.") from error
    authenticator = _authenticator_of(app)
    if not is_loopback(str(address[0])) and (authenticator is None or not authenticator.requires_auth):
        raise ValueError(
            f"{host!r} can be reached from other machines, and each caller spends your money: set a token "
            "(--token, NBSTREAM_TOKEN, create_app(token=…)) or create_app(authorize=…), or listen on 127.0.0.1."
        )
    listening = socket.socket(family, kind, protocol)
    try:
        # After a server has ended, its port stays in the state TIME_WAIT for a while. SO_REUSEADDR lets the next
        # server use the port in that time. On Windows the option means something else.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise OSError(
            f"Port {port} of {host!r} cannot be used ({error.strerror}); choose another, or 0 for any free port."
        ) from error
    return listening


def run_server(app: Starlette, listening: socket.socket) -> None:
    """Serve an app on a socket until Ctrl+C, and print its address."""
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        # A connection that became a WebSocket would leave `LimitedProtocol`, and so escape the limits.
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=HEAD_BYTES,
        server_header=False,
        # The access log would contain whole addresses of requests, and these may contain tokens.
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _raise_open_files_limit()
    with suppress(KeyboardInterrupt):
        _UvicornServer(config, _page_url(app, listening)).run([listening])


class _UvicornServer(uvicorn.Server):
    """uvicorn's server with an addition: it prints its address as soon as it accepts requests, as Jupyter does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # A full collection of garbage walks all objects, and the SDK has most of them: it takes 0.1 s of CPU, in
        # which every caller waits, and 200 uploads at a time bring one about.
        gc.collect()
        gc.freeze()
        print(f"nbstream: {self._address}", flush=True)


def _raise_open_files_limit() -> None:
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _authenticator_of(app: Starlette) -> Authenticator | None:
    return getattr(app.state, "authenticator", None)


def _page_url(app: Starlette, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    name = f"[{address}]" if address.version == 6 else str(address)
    authenticator = _authenticator_of(app)
    token = None if authenticator is None else authenticator.token
    query = "" if token is None else f"?token={quote(token.text, safe='')}"
    root_path = getattr(app.state, "root_path", "")
    return f"http://{name}:{port}{root_path}/{query}"
