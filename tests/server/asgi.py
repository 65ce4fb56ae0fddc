"""An ASGI app asked without a server: the test holds both ends of each request."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

Event = tuple[str, dict[str, Any]]
"""An event's name and its data."""


class Exchange:
    """One request; an async context in which its answer is read, and whose end is its reader's leaving."""

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
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._in.put_nowait({"type": "http.request", "body": raw, "more_body": False})
        self._out: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._flows = asyncio.Event()
        self._flows.set()
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
        self.leave()
        self.hold(False)
        await self.task

    def leave(self) -> None:
        """The connection is lost."""
        self._in.put_nowait({"type": "http.disconnect"})

    def hold(self, held: bool = True) -> None:
        """The reader takes nothing, or goes on."""
        self._flows.clear() if held else self._flows.set()

    async def body(self) -> bytes:
        """All that comes to the end."""
        data, self._rest = self._rest, b""
        while (message := await self._out.get()) is not None:
            data += message.get("body", b"")
        return data

    async def json(self) -> Any:
        return json.loads(await self.body())

    async def part(self) -> str | None:
        """The next event or comment as it travels; `None` at the end."""
        # A comment is one line, with none after it.
        while (end := b"\n" if self._rest.startswith(b":") else b"\n\n") not in self._rest:
            message = await self._out.get()
            if message is None:
                return None
            self._rest += message.get("body", b"")
        part, _, self._rest = self._rest.partition(end)
        return part.decode()

    async def event(self) -> Event | None:
        """The next event, comments passed over; `None` at the end."""
        while (part := await self.part()) is not None:
            if not part.startswith(":"):
                name, data = part.split("\n")
                return name.removeprefix("id: "), json.loads(data.removeprefix("data: "))
        return None

    async def until(self, key: str) -> Event:
        """The next event that has this key."""
        while (event := await self.event()) is not None:
            if key in event[1]:
                return event
        raise EOFError(f"no {key!r} came")

    async def events(self) -> list[Event]:
        """All that follow."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    async def _run(self) -> None:
        try:
            await self._app(self.scope, self._in.get, self._send)
        finally:
            self._out.put_nowait(None)

    async def _send(self, message: dict[str, Any]) -> None:
        await self._flows.wait()
        self._out.put_nowait(message)

    async def _next(self) -> dict[str, Any]:
        message = await self._out.get()
        if message is None:
            await self.task
            raise EOFError("the app answered nothing")
        return message


def text_of(events: list[Event], key: str = "text") -> str:
    """What a client that knows nothing else makes of them."""
    return "".join(data[key] for _, data in events if key in data)
