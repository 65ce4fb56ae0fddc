"""Container in which the API runs code. An answer names its container, and the requests after it send its id.

The API refuses the results of the user's own tools without the container of the code that waits for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ...core.turn import Turn


def with_container(request: Mapping[str, Any], turns: Iterable[Turn], now: datetime) -> dict[str, Any]:
    """Return the request with the container of the latest answer that has one.

    A container that the caller gave is kept; only its missing id is added, as in `{"skills": […]}`. A request
    without tools gets no container, because nothing in it could run code.

    Args:
        request: The arguments of `messages.create`.
        turns: The conversation.
        now: The time, with its time zone.
    """
    given = request.get("container")
    latest = latest_container(turns)
    if latest is None or not request.get("tools") or _has_expired(latest, now):
        return dict(request)
    if given is None:
        return {**request, "container": latest["id"]}
    if isinstance(given, Mapping) and not given.get("id"):
        return {**request, "container": {**given, "id": latest["id"]}}
    return dict(request)


def latest_container(turns: Iterable[Turn]) -> Mapping[str, Any] | None:
    """Return the container of the latest answer that has one, as the API described it."""
    containers = [turn.reply.container for turn in turns if turn.reply is not None]
    return next((container for container in reversed(containers) if container is not None), None)


def forget_containers(turns: Iterable[Turn]) -> None:
    """Forget the containers of all answers, because the API no longer has the latest one."""
    for turn in turns:
        if turn.reply is not None:
            turn.reply.container = None


def _has_expired(container: Mapping[str, Any], now: datetime) -> bool:
    expires_at = container.get("expires_at")
    if isinstance(expires_at, str):
        try:
            expires_at = datetime.fromisoformat(expires_at)
        except ValueError:
            return False
    return isinstance(expires_at, datetime) and expires_at.tzinfo is not None and expires_at <= now
