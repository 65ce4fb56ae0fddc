"""Loops in which a cell waits for something that ends on another thread: blocking, or on the cell's own loop.

Both can be interrupted, and both run functions that belong to the main thread meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import NoReturn

from ..core.control_characters import escape_controls
from ..kernel.function_runner import FunctionRunner
from ..kernel.interrupts import shorten_traceback

BLOCK_TICK_SECONDS = 0.05
"""Time between two wake-ups of a cell that blocks.

The operating system may deliver an interrupt's signal to another thread. A sleeping main thread notices the signal
only when it wakes up. Fifty wake-ups a second took a seventh of a kernel's CPU during a reply of 400 tokens a
second. Twenty take a tenth, and an interrupt may be noticed 30 ms later.
"""

AWAIT_TICK_SECONDS = 0.1
"""Time between two wake-ups of the kernel's loop while a cell awaits a reply.

The loop notices an interrupt only when it wakes up. Without these wake-ups, a cell ended 5.3 s after its
interrupt. With ten wake-ups a second, it ended after 0.1 s.
"""

INTERRUPTED_END_SECONDS = 1.0
"""The longest wait for the end of something that was interrupted. Code that catches the interrupt then finds it
ended."""

Stop = Callable[[str], None]


def block_until_done(
    ended: Future[None],
    *,
    stop: Stop,
    functions: FunctionRunner,
    stopped: str,
    late: str,
    timeout_seconds: float | None = None,
    on_tick: Callable[[], None] = lambda: None,
) -> None:
    """Block the calling thread until a future is done.

    Args:
        ended: The future.
        stop: Ends what the caller waits for, with a reason; called when the kernel is interrupted.
        functions: Runs functions of the main thread meanwhile.
        stopped: The line that an interrupted cell shows.
        late: The error's sentence after the timeout.
        timeout_seconds: The longest wait; `None` waits as long as it takes.
        on_tick: Called at every wake-up.

    Raises:
        TimeoutError: The future is not done after `timeout_seconds`.
        KeyboardInterrupt: The kernel was interrupted, and `stop` was called.
    """
    wake = threading.Event()
    ended.add_done_callback(lambda _: wake.set())
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    try:
        with functions.serving():
            while not wake.wait(_tick(deadline)):
                functions.run_pending(caller_waits=True)
                on_tick()
                if deadline is not None and time.monotonic() >= deadline:
                    raise TimeoutError(late)
    except KeyboardInterrupt as error:
        stop("interrupt")
        wake.wait(INTERRUPTED_END_SECONDS)
        shorten_traceback(error, stopped)
        raise


async def await_done(
    ended: Future[None],
    *,
    stop: Stop,
    functions: FunctionRunner,
    stopped: str,
    on_tick: Callable[[], None] = lambda: None,
) -> None:
    """Wait for a future without blocking the loop.

    Args:
        ended: The future.
        stop: Ends what the caller waits for, with a reason; called when the wait is cancelled. An interrupt of the
            kernel cancels it.
        functions: Runs functions of the main thread meanwhile.
        stopped: The line that a cancelled cell shows.
        on_tick: As for `wait_with_ticks`.

    Raises:
        asyncio.CancelledError: The wait was cancelled, and `stop` was called.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: object) -> None:
        # The loop that waits may be closed by then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    ended.add_done_callback(wake)
    try:
        with functions.serving(loop):
            await wait_with_ticks(done, functions, on_tick)
    except asyncio.CancelledError as error:
        stop("interrupt")
        shorten_traceback(error, stopped)
        raise


def raise_failure(error: BaseException, line: str) -> NoReturn:
    """Raise the failure of what the caller waited for.

    Args:
        error: The failure.
        line: The line that a cell shows of it.
    """
    # A traceback writes the exception's text to the terminal, and the text may quote the API. The SDK's own
    # fields, `message` and `body`, stay exact.
    error.args = tuple(escape_controls(arg) if isinstance(arg, str) else arg for arg in error.args)
    shorten_traceback(error, escape_controls(line))
    raise error


async def wait_with_ticks(
    event: asyncio.Event, functions: FunctionRunner, on_tick: Callable[[], None] = lambda: None
) -> None:
    """Wait for an event, waking the loop every `AWAIT_TICK_SECONDS` and running pending main-thread jobs.

    Args:
        event: The event.
        functions: Runs the jobs.
        on_tick: Called at every wake-up. It may block. An interrupt meanwhile cancels the wait.

    Raises:
        asyncio.CancelledError: The wait was cancelled.
    """
    waiter = asyncio.ensure_future(event.wait())
    try:
        while not waiter.done():
            await asyncio.wait({waiter}, timeout=AWAIT_TICK_SECONDS)
            functions.run_pending()
            on_tick()
    except KeyboardInterrupt:
        # A `KeyboardInterrupt` that leaves a task ends the whole kernel.
        raise asyncio.CancelledError from None
    finally:
        waiter.cancel()


def _tick(deadline: float | None) -> float:
    if deadline is None:
        return BLOCK_TICK_SECONDS
    return max(0.0, min(BLOCK_TICK_SECONDS, deadline - time.monotonic()))
