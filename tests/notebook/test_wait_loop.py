"""Loops in which a cell waits. `test_waiting.py` has them with replies."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from concurrent.futures import Future

import pytest

from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.main_thread import MainThread
from nbstream.notebook.wait_loop import await_done, block_until_done

FUNCTIONS = FunctionRunner(MainThread(None))


def test_blocking_ticks_until_the_future_is_done() -> None:
    ended: Future[None] = Future()
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            ended.set_result(None)

    block_until_done(ended, stop=print, functions=FUNCTIONS, stopped="s", late="l", on_tick=tick)
    assert len(ticks) == 3


def test_a_late_end_is_a_timeout() -> None:
    with pytest.raises(TimeoutError, match="too late"):
        block_until_done(
            Future(), stop=print, functions=FUNCTIONS, stopped="s", late="too late", timeout_seconds=0.01
        )


def test_an_interrupt_stops_and_waits_for_the_end() -> None:
    ended: Future[None] = Future()
    reasons: list[str] = []

    def stop(reason: str) -> None:
        reasons.append(reason)
        threading.Timer(0.05, ended.set_result, [None]).start()

    threading.Timer(0.02, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        block_until_done(ended, stop=stop, functions=FUNCTIONS, stopped="it was stopped", late="l")
    assert (reasons, ended.done()) == (["interrupt"], True)
    assert "it was stopped" in caught.value._render_traceback_()[0]  # type: ignore[attr-defined]


def test_a_cancelled_wait_stops() -> None:
    ended: Future[None] = Future()
    reasons: list[str] = []

    async def cell() -> None:
        waiting = asyncio.ensure_future(await_done(ended, stop=reasons.append, functions=FUNCTIONS, stopped="s"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()

    asyncio.run(cell())
    assert reasons == ["interrupt"]
    # The loop is closed by now.
    ended.set_result(None)


def test_an_awaited_future_wakes_the_loop() -> None:
    ended: Future[None] = Future()

    async def cell() -> float:
        threading.Timer(0.01, ended.set_result, [None]).start()
        began = time.monotonic()
        await await_done(ended, stop=print, functions=FUNCTIONS, stopped="s")
        return time.monotonic() - began

    assert asyncio.run(cell()) < 5


def test_an_interrupt_of_a_tick_that_blocks_cancels_the_wait() -> None:
    ended: Future[None] = Future()
    reasons: list[str] = []

    def tick() -> None:
        raise KeyboardInterrupt

    async def cell() -> None:
        # A `KeyboardInterrupt` of a task would end the loop, and with it the kernel.
        waiting = await_done(ended, stop=reasons.append, functions=FUNCTIONS, stopped="s", on_tick=tick)
        [done] = await asyncio.gather(waiting, return_exceptions=True)
        assert isinstance(done, asyncio.CancelledError)

    asyncio.run(cell())
    assert reasons == ["interrupt"]
