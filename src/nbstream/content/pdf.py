"""Facts about a PDF that are needed before it is sent: its number of pages, and whether it is encrypted.

The pages are counted with pypdf where it is installed (the extra `nbstream[pdf]`). Elsewhere their number is
unknown. A file may come from anybody, so the work is limited, and if pypdf fails the number is unknown too.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from typing import Any

MAX_READ_RATIO = 20
"""Bytes that pypdf may read for each byte of the file. pypdf reads most files twice, but a damaged cross-reference
table makes it search the file again for each object."""

MIN_READ_BYTES = 1_000_000
"""Bytes that pypdf may read of any file in addition to `MAX_READ_RATIO`, because it searches for the end of a
small file by reading backwards many times."""

MAX_UNPACKED_BYTES = 2_000_000
"""The most bytes to which one compressed stream in a PDF may unpack. A stream of packed objects unpacks to some
100 kB, and a cross-reference stream to 7 bytes for each object. A small file that unpacks to much more was made to
fill the memory."""

MAX_ELEMENTS = 20_000
"""The most elements of an array or a dictionary in a PDF. A page tree lists its pages in arrays."""

MAX_PAGE_TREE_NODES = 2_000
"""The most nodes of page trees that are visited for one message. A request takes fewer than 600 PDF pages, and a
page tree has fewer inner nodes than pages. pypdf 7.1 takes 0.4 ms for each node of a usual file."""

MAX_COUNT_SECONDS = 5.0
"""The longest time for counting the pages of one message's PDFs. The clock is checked before each read and each
node, and the limits above keep the time between two checks short."""

_ENCRYPTION = re.compile(rb"/Encrypt\s{0,8}(?:\d{1,10}\s{1,8}\d{1,5}\s{1,8}R\b|<<)")
"""Each repetition is bounded, so that the search stays fast even in a file that consists of digits alone."""


def is_encrypted(data: bytes) -> bool:
    """Tell whether a PDF is encrypted, whether or not it takes a password to open it."""
    return _ENCRYPTION.search(data) is not None


class PageBudget:
    """The amount of work that may still be spent on counting the pages of one message's PDFs."""

    def __init__(self) -> None:
        self._nodes_left = MAX_PAGE_TREE_NODES
        self._deadline = time.monotonic() + MAX_COUNT_SECONDS

    def spend_node(self) -> None:
        """Count a visited node of a page tree; raise `ValueError` if there were too many or the time is over."""
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise ValueError(f"The page trees have more than {MAX_PAGE_TREE_NODES:,} nodes.")
        self.check_time()

    def check_time(self) -> None:
        """Raise `ValueError` if the time is over."""
        if time.monotonic() > self._deadline:
            raise ValueError(f"Counting the pages took more than {MAX_COUNT_SECONDS:g} s.")


def count_pages(data: bytes, budget: PageBudget | None = None) -> int | None:
    """Count the pages of a PDF.

    Args:
        data: The file.
        budget: The budget of the message that the file belongs to; by default the file has one of its own.

    Returns:
        The number of pages; `None` without pypdf, or if pypdf cannot read the file within this module's limits.
    """
    budget = budget or PageBudget()
    try:
        # pypdf is imported only when it is needed, because the import takes a tenth of a second.
        from pypdf import PdfReader, apply_configuration
    except ImportError:
        # pypdf is missing, or it is older than 7.1. An older version would unpack a stream to 75 MB.
        return None
    try:
        with apply_configuration(
            zlib_maximum_output_length=MAX_UNPACKED_BYTES,
            lzw_maximum_output_length=MAX_UNPACKED_BYTES,
            run_length_maximum_output_length=MAX_UNPACKED_BYTES,
            brotli_maximum_output_length=MAX_UNPACKED_BYTES,
            array_based_stream_maximum_output_length=MAX_UNPACKED_BYTES,
            stream_decoding_work_maximum_length=4 * MAX_UNPACKED_BYTES,
            array_maximum_element_count=MAX_ELEMENTS,
            dictionary_maximum_element_count=MAX_ELEMENTS,
        ):
            # In strict mode pypdf raises an error for a damaged file at once. Otherwise it would repair the file
            # at length, with a warning for each fault.
            reader = PdfReader(_MeteredFile(data, budget), strict=True)
            return _count_leaves(reader.root_object["/Pages"], budget) or None
    except Exception:
        # pypdf raises its own errors, but also KeyError, TypeError, RecursionError and others on hostile files.
        return None


def _count_leaves(root: Any, budget: PageBudget) -> int:
    """Count the leaves of a page tree, which are its pages, because the `/Count` in the file may be wrong.

    In a tree with a cycle, the count ends at the limit of the budget. A page that the tree names twice is shown
    twice, so it counts twice.
    """
    leaves = 0
    waiting = [root]
    while waiting:
        budget.spend_node()
        node = waiting.pop().get_object()
        if "/Kids" in node:
            waiting += node["/Kids"]
        else:
            leaves += 1
    return leaves


class _MeteredFile(io.BytesIO):
    """A file in memory that raises `ValueError` once too many bytes were read or reading took too long."""

    def __init__(self, data: bytes, budget: PageBudget) -> None:
        super().__init__(data)
        self._budget = budget
        self._left_bytes = MIN_READ_BYTES + MAX_READ_RATIO * len(data)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read like any file."""
        return self._metered(super().read, size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line like any file."""
        return self._metered(super().readline, size)

    def _metered(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        self._budget.check_time()
        data = read(size)
        # A call that returns nothing counts as one byte, because it takes time too.
        self._left_bytes -= len(data) + 1
        if self._left_bytes < 0:
            raise ValueError("Too much of the file was read.")
        return data
