"""Who asks, and may they?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

Authorize = Callable[[Request], Any]


class Callers:
    """Names callers."""

    def __init__(self, token: str | None, authorize: Authorize | None, allow_origins: Iterable[str]) -> None:
        self._token = token

    async def name_of(self, request: Request) -> str:
        """The caller's name."""
        return request.client.host if request.client else ""

    def entry(self, request: Request) -> Response | None:
        """The way in with a token."""
        return None

    def cors(self) -> list[Middleware]:
        """What lets other sites' pages in."""
        return []
