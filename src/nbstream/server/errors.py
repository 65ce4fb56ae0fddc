"""HTTP responses to refused and failed requests. Each has a sentence that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refused(Exception):  # noqa: N818  A refusal is an answer; nothing has failed.
    """A request is refused.

    Args:
        status: The HTTP status of the response.
        sentence: A sentence for the caller: what was passed, what is accepted, and what to do. It never contains a
            token or a key.
        headers: Further headers of the response.
    """

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}


async def error_response(request: Request, error: Exception) -> Response:
    """Build the response to a request that ended in an error. Starlette calls this as an exception handler."""
    if isinstance(error, Refused):
        return _json_error(error.status, error.sentence, error.headers)
    if isinstance(error, HTTPException):
        allowed = (error.headers or {}).get("Allow", "")
        sentences = {
            404: "There is nothing at this address; send questions to /api/stream, by POST.",
            405: f"This address does not take {request.method}; it takes {allowed}.",
        }
        sentence = sentences.get(error.status_code, error.detail)
        return _json_error(error.status_code, sentence, error.headers)
    # The error's text is left out, because it may name files, hosts or keys. The server's log has it.
    return _json_error(500, "This server has failed; its operator finds the reason in its log.")


def _json_error(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    # The sentence may quote text of the request. That text may have lone surrogates (halves of characters), which
    # UTF-8 cannot encode.
    return JSONResponse({"error": sentence.encode(errors="replace").decode()}, status, headers)
