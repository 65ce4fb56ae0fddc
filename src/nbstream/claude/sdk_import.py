"""Import of the SDK, which takes a second. A thread can do it ahead of the first request."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..kernel.fork_safe_lock import ForkSafeLock

_lock = ForkSafeLock()


def import_sdk() -> None:
    """Import the SDK, so that later imports of it return at once. A fork waits until it is there.

    A fork leaves an unfinished import unfinished in the child, so every module that a reply imports is here.
    """
    with _lock, _without_collections():
        from . import client, event_stream  # noqa: F401
        from .failures import errors, refusals  # noqa: F401


@contextmanager
def _without_collections() -> Iterator[None]:
    """Import the SDK for the first time without collections of garbage.

    The import makes several hundred thousand objects that stay, and a sixth of its time went to searching them for
    garbage.
    """
    if "anthropic" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # The new objects become old ones. Otherwise the next collection would search them all. Objects that the
        # user has frozen must stay frozen.
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        gc.enable()
