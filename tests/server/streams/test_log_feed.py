"""A log that grows, and those who wait for more of it."""

from __future__ import annotations

import asyncio

import pytest

from nbstream.core.log import Log
from nbstream.core.ops import BlocksDropped
from nbstream.server.streams.log_feed import LogFeed

pytestmark = pytest.mark.anyio


@pytest.fixture
def growing() -> LogFeed:
    log = Log()
    log.add(BlocksDropped())
    return LogFeed(log)


async def test_what_is_there_is_not_waited_for(growing: LogFeed) -> None:
    assert await growing.more(0, 60)


async def test_all_who_wait_hear_of_more(growing: LogFeed) -> None:
    waiting = [asyncio.create_task(growing.more(1, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    growing.grown()
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    growing.log.add(BlocksDropped())
    growing.grown()
    assert await asyncio.gather(*waiting) == [True] * 3


async def test_the_end_is_heard_too(growing: LogFeed) -> None:
    waiting = asyncio.create_task(growing.more(1, 60))
    await asyncio.sleep(0)
    growing.end()
    assert await waiting


async def test_who_waits_in_vain_is_told_and_who_leaves_is_forgotten(growing: LogFeed) -> None:
    assert not await growing.more(1, 0)
    waiting = asyncio.create_task(growing.more(1, 60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not growing._waiting
