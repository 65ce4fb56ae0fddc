"""Pauses of coverage for code that runs long and whose lines other tests run too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coverage import Coverage


@contextmanager
def paused_coverage() -> Iterator[None]:
    """Pause coverage, whose tracer takes two to three times as long as the code itself."""
    counting = Coverage.current()
    if counting:
        counting.stop()
    try:
        yield
    finally:
        if counting:
            counting.start()
