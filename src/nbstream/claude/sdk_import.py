"""Import of the SDK, which takes a second. A thread can do it ahead of the first request."""

from __future__ import annotations

from ..kernel.fork_safe_lock import ForkSafeLock

_lock = ForkSafeLock()


def import_sdk() -> None:
    """Import the SDK, so that later imports of it return at once. A fork waits until it is there.

    A fork leaves an unfinished import unfinished in the child, so every module that a reply imports is here.
    """
    with _lock:
        from . import client, event_stream  # noqa: F401
        from .failures import errors, refusals  # noqa: F401
