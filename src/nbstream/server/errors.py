"""A request that is not served, and the sentence that says why and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refused(Exception):  # noqa: N818  nothing has failed: it is an answer
    """An answer other than what was asked for.

    Args:
        status: HTTP's status.
        sentence: What was passed, what is accepted, what to do. It never holds a token or a key.
        headers: More to send.
    """

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}


async def answer(request: Request, error: Exception) -> Response:
    """What a request gets that ends in an error, as Starlette's exception handlers make it."""
    if isinstance(error, Refused):
        return _sentence(error.status, error.sentence, error.headers)
    if isinstance(error, HTTPException):
        taken = (error.headers or {}).get("Allow", "")
        said = {
            404: "There is nothing at this address; questions go to /api/stream, by POST.",
            405: f"This address takes no {request.method}, but {taken}.",
        }
        return _sentence(error.status_code, said.get(error.status_code, error.detail), error.headers)
    # Not a word of it: that is for the server's log.
    return _sentence(500, "This server has failed; whoever runs it finds the reason in its log.")


def _sentence(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    # What was sent may be quoted in it, half characters too.
    return JSONResponse({"error": sentence.encode(errors="replace").decode()}, status, headers)
