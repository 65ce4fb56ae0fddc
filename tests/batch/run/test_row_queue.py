"""The queue of rows."""

from __future__ import annotations

import asyncio

import pytest

from nbstream.batch.run.row_queue import RowQueue

pytestmark = pytest.mark.anyio


async def test_rows_come_in_order_and_those_put_back_first() -> None:
    queue = RowQueue(3, lambda: None)
    assert queue.take() == 0
    queue.append(0)
    queue.put_back(5)
    assert [queue.take() for _ in range(4)] == [5, 1, 2, 0]
    assert not queue


async def test_a_row_that_has_rested_is_the_next_one() -> None:
    woken = asyncio.Event()
    queue = RowQueue(2, woken.set)
    queue.rest(queue.take(), 0.001)
    assert (queue.has_resting, queue.all_rows()) == (True, {0, 1})
    await woken.wait()
    assert (queue.has_resting, queue.take()) == (False, 0)


async def test_at_the_end_of_a_run_no_row_rests() -> None:
    queue = RowQueue(2, lambda: None)
    queue.rest(queue.take(), 60.0)
    queue.wake_all()
    assert (queue.has_resting, queue.take(), queue.take()) == (False, 0, 1)
