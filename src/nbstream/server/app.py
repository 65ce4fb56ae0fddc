"""The ASGI app: Claude's answers as server-sent events, and the page that shows them."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..conversation.request import MAX_TOKENS, THINKING, check_request, defaults_of
from ..core.protocol import ProtocolError
from ..tools.calls import Approve
from .errors import Refused, answer
from .http.auth import Authenticator, Authorize
from .http.request_body import check_things, question_of
from .limits import Limits
from .streams.cluster_interface import Cluster, SingleWorker
from .streams.registry import Streams
from .streams.sse_response import HEADERS, Reading, place_of
from .streams.stream import StreamSource

STATIC = Path(__file__).parents[1] / "static"

FILES = {"web.js", "web.css", "widget.css", "code.js", "math.js", "LICENSES.txt"}
"""What the page is made of."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's content policy: scripts are this server's files, and nothing is fetched elsewhere. An image of
another host, which its reader may ask for under a cell, does not load here."""

GONE = "This answer is not here any more, or never was; ask again."

PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create_app(
    *,
    client: Any = None,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | None = THINKING,
    tools: Iterable[Any] = (),
    approve: Approve | None = None,
    limits: Limits | None = None,
    token: str | None = None,
    authorize: Authorize | None = None,
    allow_origins: Iterable[str] = (),
    resume_for: float = 0.0,
    redis: str | None = None,
) -> Starlette:
    """An ASGI app that streams Claude's answers as server-sent events, and a chat page at `/`.

    Args:
        client: Any async Anthropic client; by default the one that the environment describes.
        model: The model's name, as for `nbstream.chat`. Callers may name those of `limits.models` too.
        system: The system prompt. Where it is given, callers cannot send one of their own.
        max_tokens: The most tokens of a reply where its caller says nothing.
        thinking: As the Messages API takes it; `None` leaves the field out.
        tools: What Claude may call, as for `nbstream.chat`; they run in this process, for every caller. A function
            that is not async runs in a thread, and to its end, also when its reply is stopped.
        approve: Decides what may run: a function of the tool's name and its arguments.
        limits: What a caller may have; see `Limits`.
        token: What a caller shows (`Authorization: Bearer …`), and the page's reader once (`/?token=…`).
        authorize: A function (sync or async) of the request that gives the caller's name, or `None` to refuse.
            Without it and without a token, only this machine is served.
        allow_origins: Origins of other sites whose pages may read the answers, as in `"https://example.com"`.
        resume_for: Seconds for which a reply goes on when its reader's connection is lost, and for which the
            reader may come back with `Last-Event-ID`. With 0 the drop is the stop.
        redis: The address of a Redis (6.2 or newer), as in `"redis://localhost:6379/0"`, that several workers
            share: any of them resumes or stops any stream. Needs `pip install nbstream[redis]`.

    Returns:
        The app, for any ASGI server. That of `python -m nbstream serve` also drops readers that take nothing.

    Raises:
        TypeError, ValueError: What a request would send, or a limit, cannot be right.
    """
    limits = limits or Limits()
    defaults, toolbox = defaults_of(
        client, model=model, system=system, max_tokens=max_tokens, thinking=thinking, tools=tools
    )
    for name in {defaults["model"], *limits.models}:
        check_request({**defaults, "model": name}, client, limits.dollars_per_day)
    if isinstance(resume_for, bool) or not isinstance(resume_for, int | float) or not 0 <= resume_for < math.inf:
        raise ValueError(f"resume_for is {resume_for!r}; give a number of seconds, 0 or more.")
    if approve is not None and not callable(approve):
        # `"ask"`, as in a notebook, would ask the callers themselves.
        raise TypeError(f"approve is {approve!r:.60}; pass a function of a tool's name and its arguments.")
    callers = Authenticator(token, authorize, allow_origins)
    streams = Streams(client, toolbox, approve, limits, resume_for, _elsewhere(redis))
    site = _Site(callers, streams, limits, defaults, client)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Importing the SDK takes a second. Done here, no caller waits for it.
        close_clients = await asyncio.to_thread(_import_close_clients)
        await streams.start()
        try:
            yield
        finally:
            await streams.close()
            await close_clients()

    routes = [
        Route("/", site.page),
        Route("/static/{name}", site.file),
        Route("/api/stream", site.post, methods=["POST"]),
        Route("/api/stream/{id}", site.come_back, methods=["GET"]),
        Route("/api/stream/{id}", site.wish, methods=["POST"]),
        Route("/api/stream/{id}", site.stop, methods=["DELETE"]),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=dict.fromkeys((Refused, HTTPException, Exception), answer),
        middleware=callers.cors(),
    )
    # Whoever listens for it asks whether strangers may come.
    app.state.callers = callers
    return app


def _elsewhere(redis: str | None) -> Cluster:
    if redis is None:
        return SingleWorker()
    # Late: whoever is alone needs no redis package.
    from .cluster.redis_cluster import Shared

    return Shared(redis)


def _import_close_clients() -> Callable[[], Awaitable[None]]:
    from ..claude.client import close_clients

    return close_clients


class _Site:
    """The app's answers."""

    def __init__(
        self, callers: Authenticator, streams: Streams, limits: Limits, defaults: Mapping[str, Any], client: Any
    ) -> None:
        self._callers = callers
        self._streams = streams
        self._limits = limits
        self._defaults = defaults
        self._client = client

    async def page(self, request: Request) -> Response:
        if (entry := self._callers.entry(request)) is not None:
            return entry
        # Its code is no secret, and a browser sends no strict cookie after a link of another site. What the page
        # asks for is looked at.
        return FileResponse(STATIC / "page.html", headers=PAGE_HEADERS)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise Refused(404, "There is no such file.")
        return FileResponse(STATIC / name, headers=PAGE_HEADERS)

    async def post(self, request: Request) -> Any:
        caller = await self._callers.name_of(request)
        question = question_of(await self._body(request), self._defaults, self._limits, self._client)
        found = await self._streams.find(question.id, caller)
        if found is None and "last-event-id" in request.headers:
            raise Refused(410, GONE)
        return self._reading(request, found or await self._streams.open(question, caller))

    async def come_back(self, request: Request) -> Any:
        caller = await self._callers.name_of(request)
        reading = self._reading(request, await self._found(request, caller))
        # Who asks for the head alone takes nothing, and would count as a reader until the end.
        return reading if request.method == "GET" else Response(headers=HEADERS)

    async def wish(self, request: Request) -> Response:
        caller = await self._callers.name_of(request)
        # Before it is looked for: meanwhile the conversation may go.
        frame = _json(await self._body(request), self._limits)
        found = await self._found(request, caller)
        try:
            found.hear(frame)
        except ProtocolError as error:
            raise Refused(400, str(error)) from error
        return Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        caller = await self._callers.name_of(request)
        await self._streams.stop(request.path_params["id"], caller)
        return Response(status_code=204)

    async def _found(self, request: Request, caller: str) -> StreamSource:
        found = await self._streams.find(request.path_params["id"], caller)
        if found is None:
            raise Refused(404, GONE)
        return found

    def _reading(self, request: Request, served: StreamSource) -> Reading:
        if served.readers >= self._limits.readers_per_stream:
            raise Refused(429, f"{served.readers} connections read this stream, which is all that may.")
        name = request.headers.get("last-event-id")
        place = served.start if name is None else place_of(name, served)
        if place is None:
            # Another stream may have had this id before.
            raise Refused(410, GONE)
        return Reading(served, place)

    async def _body(self, request: Request) -> bytes:
        limit = self._limits.body_bytes
        too_large = Refused(413, f"The body is larger than {limit:,} bytes, which is what this server takes.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > limit:
                        raise too_large
        except (TimeoutError, ClientDisconnect) as error:
            raise Refused(
                408, f"The body did not come within {self._limits.body_seconds:g} s.", {"Connection": "close"}
            ) from error
        return bytes(body)


def _json(body: bytes, limits: Limits) -> object:
    check_things(body, limits)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body is no JSON; send a frame as the page does.") from error
