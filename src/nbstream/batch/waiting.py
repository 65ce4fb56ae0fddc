"""Ways to wait for a run, all interruptible: block the cell, await the run, or set the code aside in a browser."""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from contextlib import suppress
from functools import partial

from ..kernel.event_loop import HostLoop, clock
from ..kernel.host_facts import AnswerDisplay
from ..notebook.outputs.console import ConsolePrinter
from ..notebook.wait_loop import BLOCK_TICK_SECONDS, await_done, block_until_done, raise_failure
from .progress_line import ProgressLine
from .row_table import error_text
from .session import BatchSession

STOPPED = "the run was stopped; the answers up to there are in the batch's results, and in its file"

CANNOT_WAIT = (
    "This cell did not wait for the rows, which go on beside it: in this browser Python waits only with await. "
    "Write await nbstream.map(…, wait=False), or await batch."
)


def block(session: BatchSession, timeout_seconds: float | None = None) -> None:
    """Block until a run has ended, and print its progress where no page shows it.

    Args:
        session: The run's session.
        timeout_seconds: The longest wait; `None` waits as long as it takes.

    Raises:
        RuntimeError: The caller must not wait here.
        TimeoutError: The run has not ended after `timeout_seconds`.
        KeyboardInterrupt: The kernel was interrupted, and the run has been stopped.
        Exception: The run has ended with this exception, because no row could be asked any more.
    """
    session.loop.check_process()
    session.loop.check_may_block()
    ended = session.run.life.is_over
    late = f"The run has not ended after {timeout_seconds} s; end it with batch.stop()."
    line = _progress_line(session)

    def on_tick() -> None:
        with suppress(Exception):
            session.poll()
        if line is not None:
            line.update(session.summary)

    try:
        if not isinstance(session.loop, HostLoop):
            block_until_done(
                ended,
                stop=session.stop,
                functions=session.functions,
                stopped=STOPPED,
                late=late,
                timeout_seconds=timeout_seconds,
                on_tick=on_tick,
            )
        elif session.loop.can_block:
            session.loop.block_on(_wait_at_most(session, timeout_seconds, late))
        elif not ended.done():
            warnings.warn(CANNOT_WAIT, RuntimeWarning, stacklevel=3)
    finally:
        if line is not None:
            line.end(session.summary)
        session.finalize()
    # A console prints the line once it is known that no page shows the rows.
    while line is not None and not line.is_printed:
        time.sleep(BLOCK_TICK_SECONDS)
        on_tick()
    _raise_failure(session)


async def wait(session: BatchSession) -> None:
    """Wait for the end of a run without blocking the caller's loop. A cancelled wait stops the run.

    Raises:
        asyncio.CancelledError: The wait was cancelled, and the run has been stopped.
        Exception: The run has ended with this exception.
    """
    session.loop.check_process()
    try:
        await await_done(session.run.life.is_over, stop=session.stop, functions=session.functions, stopped=STOPPED)
    finally:
        session.finalize()
    _raise_failure(session)


async def _wait_at_most(session: BatchSession, timeout_seconds: float | None, late: str) -> None:
    try:
        await asyncio.wait_for(asyncio.wrap_future(session.run.life.is_over), timeout_seconds)
    except TimeoutError:
        raise TimeoutError(late) from None
    except asyncio.CancelledError:
        session.stop("interrupt")
        raise


def _progress_line(session: BatchSession) -> ProgressLine | None:
    display = session.host.facts.display
    if display is AnswerDisplay.PRINTED:
        return ProgressLine(sys.stdout.write, sys.stdout.flush, sys.stdout.isatty(), clock)
    if display is AnswerDisplay.WIDGET_OR_PRINTED:
        again = partial(session.output.show, "…", asked=True)
        printer = ConsolePrinter(session.host, sys.stdout.write, again, clock)
        return ProgressLine(printer.print, printer.tick, False, clock, may_print=lambda: not printer.is_open)
    return None


def _raise_failure(session: BatchSession) -> None:
    error = session.run.life.error
    if error is not None and session.run.life.is_over.done():
        raise_failure(error, error_text(error))
