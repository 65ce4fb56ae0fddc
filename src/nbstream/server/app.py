"""ASGI app that streams Claude's answers as server-sent events, and serves the page that shows them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..conversation.default_fields import MAX_TOKENS, THINKING
from ..conversation.request import build_defaults, check_request
from ..core.protocol import ProtocolError
from ..tools.calls import Approve
from .billing.request_bounds import check_affordable
from .errors import Refused, error_response
from .http.auth import Authenticator, Authorize
from .http.body_reader import BodyReader
from .http.request_body import STREAM_ID, parse_frame, parse_question
from .limits import Limits
from .streams.cluster_interface import Cluster, SingleWorker
from .streams.registry import StreamRegistry
from .streams.sse_response import HEADERS, SSEResponse, parse_event_id
from .streams.stream import StreamSource

STATIC_FOLDER = Path(__file__).parents[1] / "static"

PAGE_FILES = {"web.js", "web.css", "widget.css", "code.js", "math.js", "LICENSES.txt"}
"""The files that the page loads from `/static/`."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's policy. The page runs only scripts that this server sends, and loads nothing from other hosts. So an
image from another host, which the user of a notebook can choose to load, cannot be loaded on this page."""

PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

STREAM_GONE = "This answer is not here any more, or never was; ask again."


def create_app(
    *,
    client: Any = None,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | bool | str | None = THINKING,
    tools: Iterable[Any] = (),
    approve: Approve | None = None,
    limits: Limits | None = None,
    token: str | None = None,
    authorize: Authorize | None = None,
    allow_origins: Iterable[str] = (),
    resume_for: float = 0.0,
    redis: str | None = None,
) -> Starlette:
    """Create an ASGI app that streams Claude's answers as server-sent events, with a chat page at `/`.

    Args:
        client: Any async Anthropic client; by default the one that the environment describes.
        model: The model's name, as for `nbstream.chat`. Callers may also choose one of `limits.models`.
        system: The system prompt. If it is given, callers cannot send one of their own.
        max_tokens: The most tokens that a reply may have, unless its caller sends another limit.
        thinking: As the Messages API takes it, or `True` for the default. `None`, `False` and `"off"` leave the
            field out. The default is changed into a form that the model takes.
        tools: The tools that Claude may call, as for `nbstream.chat`. They run in this process, for every caller.
            A function that is not async runs in a thread. It runs to its end even if its reply is stopped.
        approve: A function of a tool's name and its arguments that decides whether the call may run.
        limits: The limits of this server; see `Limits`.
        token: A secret that callers send as `Authorization: Bearer …`. The user of the page opens the address
            `/?token=…` once instead.
        authorize: A function (sync or async) that gets the request and returns the caller's name, or `None` to
            refuse the request. Without this function and without a token, only this machine is served.
        allow_origins: Origins of other sites whose pages may read the answers, as in `"https://example.com"`.
        resume_for: Seconds for which a reply goes on after its reader's connection is lost, and for which the
            reader may come back with `Last-Event-ID`. With 0, a lost connection stops the reply.
        redis: The address of a Redis (6.2 or newer) that several workers share, as in
            `"redis://localhost:6379/0"`. Then each worker can resume or stop the streams of all workers, and the
            limits hold for all together. Servers with different tokens may share a Redis; servers without a token
            need a database each. This needs `pip install nbstream[redis]`.

    Returns:
        The app, for any ASGI server. The server of `python -m nbstream serve` also drops readers that stall.

    Raises:
        TypeError, ValueError: An argument is not valid. The error names the argument.
    """
    limits = limits or Limits()
    defaults, toolbox = build_defaults(
        client, model=model, system=system, max_tokens=max_tokens, thinking=thinking, tools=tools
    )
    for name in {defaults["model"], *limits.models}:
        check_request({**defaults, "model": name}, client, limits.dollars_per_day)
        check_affordable({**defaults, "model": name}, limits.dollars_per_day)
    _check_options(approve, resume_for)
    authenticator = Authenticator(token, authorize, allow_origins)
    streams = StreamRegistry(
        client, toolbox, approve, limits, resume_for, _new_cluster(redis, authenticator.namespace)
    )
    app = Starlette(
        routes=ChatEndpoints(authenticator, streams, limits, defaults, client).routes(),
        lifespan=_lifespan_of(streams),
        exception_handlers=dict.fromkeys((Refused, HTTPException, Exception), error_response),
        middleware=authenticator.cors_middleware(),
    )
    # `run.bind_socket` reads this attribute. If callers need no authentication, it listens only on this machine.
    app.state.authenticator = authenticator
    return app


def _check_options(approve: object, resume_for: object) -> None:
    if isinstance(resume_for, bool) or not isinstance(resume_for, int | float) or not 0 <= resume_for < math.inf:
        raise ValueError(f"resume_for is {resume_for!r}; give a number of seconds, 0 or more.")
    if approve is not None and not callable(approve):
        # `nbstream.chat` also accepts `"ask"`. A server does not, because it would have to ask the callers, and
        # the operator is the one who must approve calls.
        raise TypeError(f"approve is {approve!r:.60}; pass a function of a tool's name and its arguments.")


def _lifespan_of(streams: StreamRegistry) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Importing the SDK takes a second. It is imported at the start, so that no caller has to wait for it.
        close_clients = await asyncio.to_thread(_import_close_clients)
        await streams.start()
        try:
            yield
        finally:
            await streams.close()
            await close_clients()

    return lifespan


def _import_close_clients() -> Callable[[], Awaitable[None]]:
    from ..claude.client import close_clients

    return close_clients


def _new_cluster(redis: str | None, namespace: str) -> Cluster:
    if redis is None:
        return SingleWorker()
    # This module is imported only if it is used, because the redis package may not be installed.
    from .cluster.redis_cluster import WorkerCluster

    return WorkerCluster(redis, namespace)


class ChatEndpoints:
    """The app's endpoints."""

    def __init__(
        self,
        authenticator: Authenticator,
        streams: StreamRegistry,
        limits: Limits,
        defaults: Mapping[str, Any],
        client: Any,
    ) -> None:
        self._authenticator = authenticator
        self._streams = streams
        self._limits = limits
        self._bodies = BodyReader(limits)
        self._defaults = defaults
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes to the endpoints."""
        return [
            Route("/", self._serve_page),
            Route("/static/{name}", self._serve_file),
            Route("/api/stream", self._open_stream, methods=["POST"]),
            Route("/api/stream/{id}", self._resume_stream, methods=["GET"]),
            Route("/api/stream/{id}", self._handle_command, methods=["POST"]),
            Route("/api/stream/{id}", self._stop_stream, methods=["DELETE"]),
        ]

    async def _serve_page(self, request: Request) -> Response:
        if (login := self._authenticator.login(request)) is not None:
            return login
        # The page is sent without authentication. Its code is no secret, and a browser that follows a link on
        # another site does not send the login cookie (SameSite=Strict). The page's own requests are authenticated.
        return FileResponse(STATIC_FOLDER / "page.html", headers=PAGE_HEADERS)

    async def _serve_file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PAGE_FILES:
            raise Refused(404, "There is no file of this name here.")
        return FileResponse(STATIC_FOLDER / name, headers=PAGE_HEADERS)

    async def _open_stream(self, request: Request) -> Any:
        caller = await self._authenticator.authenticate(request)
        async with self._bodies.read(request, caller) as body:
            question = parse_question(body, self._defaults, self._limits, self._client)
            found = await self._streams.find(question.id, caller)
            if found is None and "last-event-id" in request.headers:
                raise Refused(410, STREAM_GONE)
            stream = found or await self._streams.open(question, caller)
        return self._respond(request, stream)

    async def _resume_stream(self, request: Request) -> Any:
        caller = await self._authenticator.authenticate(request)
        response = self._respond(request, await self._require_stream(request, caller))
        # A client that sends a HEAD request reads no events. If it got the stream, it would count as a reader for
        # as long as the stream runs.
        return response if request.method == "GET" else Response(headers=HEADERS)

    async def _handle_command(self, request: Request) -> Response:
        caller = await self._authenticator.authenticate(request)
        # The stream is looked up after the body was read, because it may be removed while the body arrives.
        async with self._bodies.read(request, caller) as body:
            frame = parse_frame(body, self._limits)
            stream = await self._require_stream(request, caller)
            try:
                stream.handle_command(frame)
            except ProtocolError as error:
                raise Refused(400, str(error)) from error
        return Response(status_code=204)

    async def _stop_stream(self, request: Request) -> Response:
        caller = await self._authenticator.authenticate(request)
        stream_id = request.path_params["id"]
        if not STREAM_ID.fullmatch(stream_id):
            # No stream can have this id, so nothing is remembered of it, here or in a Redis.
            raise Refused(404, STREAM_GONE)
        await self._streams.stop(stream_id, caller)
        return Response(status_code=204)

    async def _require_stream(self, request: Request, caller: str) -> StreamSource:
        stream_id = request.path_params["id"]
        stream = await self._streams.find(stream_id, caller) if STREAM_ID.fullmatch(stream_id) else None
        if stream is None:
            raise Refused(404, STREAM_GONE)
        return stream

    def _respond(self, request: Request, stream: StreamSource) -> SSEResponse:
        if stream.readers >= self._limits.readers_per_stream:
            raise Refused(
                429, f"{stream.readers} connections read this stream, which is the limit; close one of them first."
            )
        event_id = request.headers.get("last-event-id")
        position = stream.start_position if event_id is None else parse_event_id(event_id, stream)
        if position is None:
            # The event id may come from an earlier stream that had the same stream id.
            raise Refused(410, STREAM_GONE)
        return SSEResponse(stream, position)
