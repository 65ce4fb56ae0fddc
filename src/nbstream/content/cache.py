"""What took long to find out about a file, kept by the file's bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Remembers so many findings; the oldest makes room. Safe in any thread.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[bytes, T] = {}
        self._lock = threading.Lock()

    def of(self, data: bytes, find: Callable[[], T]) -> T:
        """What is known of these bytes, or `find`'s answer, which is called without the lock."""
        key = sha256(data).digest()
        with self._lock:
            if key in self._found:
                return self._found[key]
        found = find()
        with self._lock:
            self._found[key] = found
            if len(self._found) > self._most:
                del self._found[next(iter(self._found))]
        return found
