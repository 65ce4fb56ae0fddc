"""Facts about a PDF that are needed before it is sent: its number of pages, and whether it is encrypted.

The pages are counted with pypdf where that is installed (the extra `nbstream[pdf]`); elsewhere their number is
unknown. A file may come from anybody, so the work is bounded and each failure of pypdf counts as "unknown".
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

MAX_READ_RATIO = 20
"""Bytes that pypdf may read for each byte of the file. It reads most files twice; a damaged cross-reference table
makes it search the file again for each object."""

MIN_READ_BYTES = 1_000_000
"""Bytes that pypdf may read of any file: it looks for the end of a small one by reading backwards many times."""

MAX_PAGE_TREE_NODES = 2_000
"""Nodes of the page tree that are visited. A request takes fewer than 600 pages, and a tree has fewer inner nodes
than pages. pypdf 7.1 takes 0.4 ms for each node, so a count ends within a second."""

_ENCRYPTION = re.compile(rb"/Encrypt\s{0,8}(?:\d{1,10}\s{1,8}\d{1,5}\s{1,8}R\b|<<)")
"""Each repetition is bounded: a file of nothing but digits must not take long."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether a PDF is encrypted, with or without a password to open it."""
    return _ENCRYPTION.search(data) is not None


def count_pages(data: bytes) -> int | None:
    """Count the pages of a PDF.

    Args:
        data: The file.

    Returns:
        The number of pages, or `None` if it is unknown: without pypdf, and for a file that pypdf cannot read
        within the limits of this module.
    """
    try:
        # Late: importing it takes a tenth of a second.
        from pypdf import PdfReader
    except ImportError:
        return None
    try:
        # Strict: a damaged file raises at once, and is not repaired at length with a warning for each fault.
        reader = PdfReader(_MeteredFile(data), strict=True)
        return _count_leaves(reader.root_object["/Pages"]) or None
    except Exception:
        # pypdf raises its own errors, but also KeyError, TypeError, RecursionError and others on hostile files.
        return None


def _count_leaves(root: Any) -> int:
    """Count the leaves of a page tree. Its `/Count` is only a claim of the file.

    A tree with a cycle ends at the limit, too. A page that the tree names twice counts twice: it is shown twice.
    """
    leaves = 0
    waiting = [root]
    for _ in range(MAX_PAGE_TREE_NODES):
        if not waiting:
            return leaves
        node = waiting.pop().get_object()
        if "/Kids" in node:
            waiting += node["/Kids"]
        else:
            leaves += 1
    raise ValueError(f"The page tree has more than {MAX_PAGE_TREE_NODES:,} nodes.")


class _MeteredFile(io.BytesIO):
    """A file in memory that raises `ValueError` once too many bytes of it have been read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left_bytes = MIN_READ_BYTES + MAX_READ_RATIO * len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read like any file."""
        return self._metered(super().read, size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line like any file."""
        return self._metered(super().readline, size)

    def _metered(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        data = read(size)
        # A call that returns nothing is work too.
        self._left_bytes -= len(data) + 1
        if self._left_bytes < 0:
            raise ValueError("Too much of the file was read.")
        return data
