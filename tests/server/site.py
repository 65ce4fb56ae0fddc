"""The app behind real HTTP, on a thread and a loop of its own, and a client on a bare socket."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import anthropic
import pytest
import uvicorn

from nbstream.server import create_app
from nbstream.server.http.connection_limits import LimitedProtocol
from nbstream.server.streams.sse_response import SSEResponse

RESET_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER with a timeout of 0: closing the socket sends a reset."""


class AppServer:
    """Serves an app with uvicorn; use it as a context manager.

    Args:
        upstream: The base URL of the server that answers as Claude.
        wrap: Wraps the app before it is served.
        app: Further arguments of `create_app`.
    """

    def __init__(self, upstream: str, wrap: Callable[[Any], Any] = lambda app: app, **app: Any) -> None:
        self._client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=upstream, max_retries=0)
        self._app = wrap(create_app(client=self._client, **app))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            http=LimitedProtocol,
            ws="none",
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="site", daemon=True)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan":
                await self._client.close()

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)


class Caller:
    """A client on a bare socket, which can close its connection in any way; use it as a context manager.

    Args:
        port: The server's port.
        stream: The id of the stream.
        prompt: The question.
    """

    def __init__(self, port: int, stream: str, prompt: str = "Hello") -> None:
        self.stream = stream
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        body = json.dumps({"prompt": prompt, "id": stream})
        self._socket.sendall(raw_request("POST", "/api/stream", body))
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def head(self) -> dict[str, str]:
        """Read the response's headers."""
        lines = iter(self._lines.readline, b"\r\n")
        status, *rest = [line.decode().strip() for line in lines]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        return {"status": status.split(" ")[1], **headers}

    def events(self) -> Iterator[dict[str, Any]]:
        """Read the events up to the end. No line of the chunked encoding looks like a line of an event."""
        for line in iter(self._lines.readline, b"0\r\n"):
            if not line:
                return
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def event_with(self, key: str) -> dict[str, Any]:
        """Read up to the next event that has this key."""
        return next(event for event in self.events() if key in event)

    def close(self) -> None:
        """Close the connection in order."""
        self._lines.close()
        self._socket.close()

    def reset(self) -> None:
        """Reset the connection."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
        self.close()

    def half_close(self) -> None:
        """Close only the direction to the server."""
        self._socket.shutdown(socket.SHUT_WR)


def raw_request(method: str, path: str, body: str = "", **headers: str) -> bytes:
    """Return the bytes of a request."""
    sent = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body.encode()))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (sent | headers).items())]
    return "\r\n".join([*lines, "", body]).encode()


def delete_stream(port: int, stream: str) -> None:
    """Stop a stream by its id."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(raw_request("DELETE", f"/api/stream/{stream}", Connection="close"))
        assert b" 204 " in connection.makefile("rb").readline()


def set_heartbeat(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Have comments sent after this silence."""
    monkeypatch.setitem(SSEResponse.__init__.__kwdefaults__, "heartbeat_seconds", seconds)


def text_of(events: Iterator[dict[str, Any]]) -> str:
    """Join the text of events, as a client does that knows only their three shapes."""
    text = ""
    for event in events:
        text += event.get("text", "")
        if "error" in event:
            raise RuntimeError(event["error"])
        if event.get("done"):
            return text
    raise EOFError("the stream has no end")
