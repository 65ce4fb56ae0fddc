"""Endpoints of the app: the streams, the commands of pages, and the chat page with its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..core.protocol import ProtocolError
from .errors import Refused
from .http.auth import Authenticator
from .http.body_reader import BodyReader
from .http.request_body import STREAM_ID, parse_frame, parse_question
from .limits import Limits
from .streams.registry import StreamRegistry
from .streams.sse_response import HEADERS, SSEResponse, parse_event_id
from .streams.stream_source import StreamSource

STATIC_FOLDER = Path(__file__).parents[1] / "static"

PAGE_FILES = {"web.js", "web.css", "widget.css", "code.js", "math.js", "output.js", "LICENSES.txt"}
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
        # The page is sent without authentication. Its code is public, and a browser that follows a link on
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
        is_resumed = request.method == "GET" and event_id is not None
        return SSEResponse(stream, position, ends_with_204=is_resumed)
