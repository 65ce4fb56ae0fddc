"""Import of the SDK, which takes a second. A thread can do it ahead of the first request."""

from __future__ import annotations

from ..kernel.fork_safe_lock import ForkSafeLock

_lock = ForkSafeLock()


def import_sdk() -> None:
    """Import the SDK, so that later imports of it return at once. A fork waits until it is there."""
    with _lock:
        from . import client  # noqa: F401
