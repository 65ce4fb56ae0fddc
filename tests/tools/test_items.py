"""Tests of the items of iterators, which are read up to a limit."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from nbstream.tools.items import MAX_ITEMS, MORE_ITEMS, read_async_items, read_items


class Counter:
    """An async iterator that is no generator."""

    def __init__(self) -> None:
        self.number = 0

    def __aiter__(self) -> Counter:
        return self

    async def __anext__(self) -> int:
        self.number += 1
        if self.number > 2:
            raise StopAsyncIteration
        return self.number


async def squares(end: int, closed: list[bool]) -> AsyncIterator[int]:
    try:
        for number in range(end):
            yield number**2
    finally:
        closed.append(True)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ((number for number in range(3)), [0, 1, 2]),
        (map(str, [1, 2]), ["1", "2"]),
        (io.StringIO("a\nb\n"), ["a\n", "b\n"]),
        (iter([]), []),
        ([1], [1]),
        ("text", "text"),
        ({1}, {1}),
        (None, None),
    ],
)
def test_the_items_of_an_iterator_are_read_and_other_values_stay(value: object, items: object) -> None:
    assert read_items(value) == items


def test_an_iterator_without_end_is_read_up_to_a_limit() -> None:
    items = read_items(count())
    assert isinstance(items, list)
    assert (items[MAX_ITEMS - 1], items[-1], len(items)) == (MAX_ITEMS - 1, MORE_ITEMS, MAX_ITEMS + 1)
    assert read_items(iter(range(MAX_ITEMS))) == list(range(MAX_ITEMS))


def test_a_generator_that_fails_fails_the_call() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        read_items(fails())


@pytest.mark.parametrize(("end", "expected"), [(3, [0, 1, 4]), (MAX_ITEMS + 5, None)])
def test_an_async_generator_is_read_up_to_the_limit_and_closed(end: int, expected: list[int] | None) -> None:
    closed: list[bool] = []
    items = asyncio.run(read_async_items(squares(end, closed)))
    assert closed == [True]
    if expected is None:
        assert (len(items), items[-1]) == (MAX_ITEMS + 1, MORE_ITEMS)
    else:
        assert items == expected


def test_an_async_iterator_that_is_no_generator_is_read_too() -> None:
    assert asyncio.run(read_async_items(Counter())) == [1, 2]
