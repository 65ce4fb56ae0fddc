"""Lock that a fork waits for, so that a forked child can use everything behind it.

Only the thread that forks lives on in the child. A lock that another thread holds at that moment is never released
there, and the import system's own locks are no exception: a child that was forked while a thread imported the SDK
waited for ever at its own first chat.
"""

from __future__ import annotations

import os
import threading
from types import TracebackType

FORK_WAIT_SECONDS = 60.0
"""The longest time that a fork waits. Importing the SDK takes a second, and far longer on a busy machine."""


class ForkSafeLock:
    """Reentrant lock that is free in every forked child. Use it as a context manager.

    Python keeps the callbacks of a fork for ever, so make these locks at the level of a module.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._forking_threads: set[int] = set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork,
                after_in_parent=self._after_in_parent,
                after_in_child=self._after_in_child,
            )

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._lock.release()

    def _before_fork(self) -> None:
        if self._lock.acquire(timeout=FORK_WAIT_SECONDS):
            self._forking_threads.add(threading.get_ident())

    def _after_in_parent(self) -> None:
        if threading.get_ident() in self._forking_threads:
            self._forking_threads.discard(threading.get_ident())
            self._lock.release()

    def _after_in_child(self) -> None:
        if threading.get_ident() in self._forking_threads:
            self._after_in_parent()
        else:
            # The thread that holds the lock has not released it in time, and does not exist here.
            self._lock = threading.RLock()
