"""Items of an iterator that a tool returned, as from a generator function, up to a limit.

Without this, Claude would get the iterator's address in memory.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from itertools import islice

MAX_ITEMS = 1_000
"""The most items that are read. An iterator may have no end, and the text of a result is cut anyway."""

MORE_ITEMS = f"… further items left out after the first {MAX_ITEMS:,}"


def read_items(value: object) -> object:
    """Return the items of an iterator as a list, and any other value as it is.

    An exception of the iterator's own code is not caught, so that the call fails with it.
    """
    if not isinstance(value, Iterator):
        return value
    items = list(islice(value, MAX_ITEMS))
    if len(items) == MAX_ITEMS and next(value, value) is not value:
        items.append(MORE_ITEMS)
    if inspect.isgenerator(value):
        value.close()
    return items


async def read_async_items(value: AsyncIterator[object]) -> list[object]:
    """Return the items of an async iterator as a list; see `read_items`."""
    items: list[object] = []
    if not inspect.isasyncgen(value):
        return await _read_until_limit(value, items)
    async with aclosing(value):
        return await _read_until_limit(value, items)


async def _read_until_limit(value: AsyncIterator[object], items: list[object]) -> list[object]:
    async for item in value:
        if len(items) == MAX_ITEMS:
            items.append(MORE_ITEMS)
            break
        items.append(item)
    return items
