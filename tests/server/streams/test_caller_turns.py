"""Turns by caller: one function at a time, and the next one is another caller's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from nbstream.server.streams.caller_turns import CallerTurns

pytestmark = pytest.mark.anyio


@pytest.fixture
def turns() -> Iterator[CallerTurns]:
    made = CallerTurns("test-turns")
    yield made
    made.close()


async def test_one_callers_many_files_hold_up_nobody_else(turns: CallerTurns) -> None:
    gate = threading.Event()
    ran: list[str] = []
    calls = [asyncio.create_task(turns.run("ada", gate.wait, 10))]
    await asyncio.sleep(0)
    calls += [asyncio.create_task(turns.run("ada", ran.append, f"ada {number}")) for number in range(3)]
    calls += [asyncio.create_task(turns.run("bob", ran.append, f"bob {number}")) for number in range(2)]
    calls.append(asyncio.create_task(turns.run("eve", ran.append, "eve 0")))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*calls)
    assert ran == ["ada 0", "bob 0", "eve 0", "ada 1", "bob 1", "ada 2"]


async def test_results_and_errors_reach_whoever_asked(turns: CallerTurns) -> None:
    assert await turns.run("ada", int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await turns.run("ada", int, "seven")
    assert await turns.run("ada", threading.current_thread) != threading.current_thread()


async def test_a_call_that_is_cancelled_does_not_run(turns: CallerTurns) -> None:
    gate = threading.Event()
    ran: list[str] = []
    first = asyncio.create_task(turns.run("ada", gate.wait, 10))
    second = asyncio.create_task(turns.run("ada", ran.append, "second"))
    third = asyncio.create_task(turns.run("ada", ran.append, "third"))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.sleep(0)
    gate.set()
    await third
    assert ran == ["third"]


async def test_the_end_drops_everything_that_waits() -> None:
    turns = CallerTurns("test-turns")
    gate = threading.Event()
    first = asyncio.create_task(turns.run("ada", gate.wait, 10))
    second = asyncio.create_task(turns.run("ada", pytest.fail, "it ran"))
    await asyncio.sleep(0)
    turns.close()
    gate.set()
    await first
    with pytest.raises(asyncio.CancelledError):
        await second
