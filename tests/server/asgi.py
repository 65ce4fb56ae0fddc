"""Requests to an ASGI app without a server. The test is both the client and the connection."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

Event = tuple[str, dict[str, Any]]
"""An event's id and its data."""


class Exchange:
    """One request and its response, as an async context manager. Leaving the context closes the connection."""

    def __init__(
        self, app: Any, method: str, path: str, body: Any = None, *, client: str = "127.0.0.1", **headers: str
    ) -> None:
        self._app = app
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"host": "localhost", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = path.partition("?")
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": (client, 5000),
            "server": ("127.0.0.1", 80),
            "scheme": "http",
            "http_version": "1.1",
        }
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._to_app.put_nowait({"type": "http.request", "body": raw, "more_body": False})
        self._from_app: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._is_reading = asyncio.Event()
        self._is_reading.set()
        self._rest = b""
        self.status = 0
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self._run())
        start = await self._next()
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self.disconnect()
        self.pause_reading(False)
        await self.task

    def disconnect(self) -> None:
        """Close the connection."""
        self._to_app.put_nowait({"type": "http.disconnect"})

    def pause_reading(self, paused: bool = True) -> None:
        """Have the reader take nothing, or go on."""
        self._is_reading.clear() if paused else self._is_reading.set()

    async def body(self) -> bytes:
        """Read the rest of the body."""
        data, self._rest = self._rest, b""
        while (message := await self._from_app.get()) is not None:
            data += message.get("body", b"")
        return data

    async def json(self) -> Any:
        return json.loads(await self.body())

    async def raw_event(self) -> str | None:
        """Read the next event or comment as it was sent; `None` at the end."""
        # No blank line follows a comment.
        while (end := b"\n" if self._rest.startswith(b":") else b"\n\n") not in self._rest:
            message = await self._from_app.get()
            if message is None:
                return None
            self._rest += message.get("body", b"")
        part, _, self._rest = self._rest.partition(end)
        return part.decode()

    async def event(self) -> Event | None:
        """Read the next event and skip comments; `None` at the end."""
        while (part := await self.raw_event()) is not None:
            if not part.startswith(":"):
                name, data = part.split("\n")
                return name.removeprefix("id: "), json.loads(data.removeprefix("data: "))
        return None

    async def event_with(self, key: str) -> Event:
        """Read up to the next event that has this key."""
        while (event := await self.event()) is not None:
            if key in event[1]:
                return event
        raise EOFError(f"the stream ended without an event with {key!r}")

    async def events(self) -> list[Event]:
        """Read all events that follow."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    async def _run(self) -> None:
        try:
            await self._app(self.scope, self._to_app.get, self._send)
        finally:
            self._from_app.put_nowait(None)

    async def _send(self, message: dict[str, Any]) -> None:
        await self._is_reading.wait()
        self._from_app.put_nowait(message)

    async def _next(self) -> dict[str, Any]:
        message = await self._from_app.get()
        if message is None:
            await self.task
            raise EOFError("the app sent no response")
        return message


def text_of(events: list[Event], key: str = "text") -> str:
    """Join the texts of events, as a client does that ignores everything else."""
    return "".join(data[key] for _, data in events if key in data)
