"""A feed log, and the wait for more of it."""

from __future__ import annotations

import asyncio

import pytest

from nbstream.core.log import Log
from nbstream.core.ops import BlocksDropped
from nbstream.server.streams.log_feed import LogFeed

pytestmark = pytest.mark.anyio


@pytest.fixture
def feed() -> LogFeed:
    log = Log()
    log.add(BlocksDropped())
    return LogFeed(log)


async def test_a_position_in_the_log_is_not_waited_for(feed: LogFeed) -> None:
    assert await feed.wait_beyond(0, 60)


async def test_all_waiting_readers_are_woken(feed: LogFeed) -> None:
    waiting = [asyncio.create_task(feed.wait_beyond(1, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    feed.notify()
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    feed.log.add(BlocksDropped())
    feed.notify()
    assert await asyncio.gather(*waiting) == [True] * 3


async def test_the_end_wakes_readers_too(feed: LogFeed) -> None:
    waiting = asyncio.create_task(feed.wait_beyond(1, 60))
    await asyncio.sleep(0)
    feed.close()
    assert await waiting


async def test_a_wait_ends_with_its_timeout_and_a_cancelled_one_leaves_nothing(feed: LogFeed) -> None:
    assert not await feed.wait_beyond(1, 0)
    waiting = asyncio.create_task(feed.wait_beyond(1, 60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not feed._waiters
