"""Path below which a proxy serves this server, such as `/chat`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")

OWN_PATH = re.compile(r"/|/static/[^/]*|/api/stream(/[^/]*)?")
"""The paths of this server. They tell a proxy that removes the root path from one that passes it on."""


def check_root_path(root_path: str) -> str:
    """Return the root path without a slash at its end; an empty one if there is none.

    Raises:
        ValueError: It is not a path.
    """
    path = root_path.rstrip("/")
    if path and not ROOT_PATH.fullmatch(path):
        raise ValueError(
            f"root_path is {root_path!r:.80}; give the path below which a proxy serves this server, as in "
            "'/chat': letters, digits and .-_~ after each slash."
        )
    return path


class RootPath:
    """Middleware that finds the server's own path in an address, whether or not a proxy has removed the root path.

    Args:
        app: The app.
        root_path: The root path, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request. The root path alone, without a slash at its end, is redirected to the page."""
        if scope["type"] == "http":
            root, path = self._root_path, scope["path"]
            if path == root:
                await _redirect_into(root, scope, send)
                return
            is_passed_on = path.startswith(root) and OWN_PATH.fullmatch(path[len(root) :])
            scope = {**scope, "root_path": root, "path": path if is_passed_on else root + path}
        await self._app(scope, receive, send)


async def _redirect_into(root: str, scope: Scope, send: Callable[[Any], Any]) -> None:
    """Redirect to the same address with a slash at its end. The page's addresses are relative to that."""
    query = scope.get("query_string", b"")
    location = root.rpartition("/")[2].encode() + b"/" + (b"?" + query if query else b"")
    headers = [(b"location", location), (b"content-length", b"0"), (b"referrer-policy", b"no-referrer")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
