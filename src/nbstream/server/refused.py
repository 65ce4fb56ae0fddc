"""A request that is not served, and the sentence that says why and what to do."""

from __future__ import annotations

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


async def answer(_: Request, refused: Exception) -> Response:
    """The answer that a refusal is, as Starlette's exception handlers make one."""
    assert isinstance(refused, Refused)
    return JSONResponse({"error": refused.sentence}, refused.status, refused.headers)
