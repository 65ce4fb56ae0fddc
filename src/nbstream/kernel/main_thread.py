"""Runs the reader's own functions where they expect to run: on the main thread, which can be interrupted.

Variables of the notebook, figures and databases belong to the thread that runs the cells, and only there does an
interrupt reach Python. So a function waits here until that thread has time for it: a cell that waits for the
reply serves what has come, an idle kernel does by its loop, and a kernel that is busy with another cell does so
after it.

A stop interrupts a function by the signal that the keyboard sends. It arrives when it likes, so the handler raises
only while the function itself runs, and the function's end waits for a signal that is on its way: none is lost,
and none hits what runs next.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

SIGNAL_ARRIVAL_MS = 100
"""Milliseconds that a signal may take from one thread to another; it takes microseconds, unless the function has
put up a handler of its own."""


class Job:
    """One function that is to run."""

    def __init__(self, function: Callable[[], Any], began: Callable[[], object]) -> None:
        self.function = function
        self.began = began
        self.done: Future[Any] = Future()
        self.withdrawn = False
        # Whether the function itself runs, and an interrupt shall end it.
        self.inside = False
        # The signal by which a stop ends it is on its way.
        self.poked = False
        # The kernel was interrupted: in the function, or just before or after it.
        self.interrupted = self.late = False


class MainThread:
    """What waits for the main thread of this process.

    Args:
        wake: Has the main thread call a function when its loop turns; `None` where it has no loop of ours, in a
            script.
    """

    def __init__(self, wake: Callable[[Callable[[], None]], None] | None) -> None:
        self._wake = wake
        self._jobs: deque[Job] = deque()
        # What runs, and within it what runs while it waits for another reply.
        self._running: list[Job] = []
        self._lock = threading.Lock()
        self._waiters = 0
        self._loops: list[asyncio.AbstractEventLoop | None] = []

    @contextmanager
    def serving(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Somebody waits for a reply and serves the main thread meanwhile, if it is the one that waits.

        Args:
            loop: A loop that turns meanwhile; `None` where the waiting holds it up.
        """
        serves = _on_main_thread()
        self._waiters += serves
        self._loops.append(loop)
        try:
            yield
        finally:
            self._loops.remove(loop)
            self._waiters -= serves

    async def run(self, function: Callable[[], Any], on_start: Callable[[], object] = lambda: None) -> Any:
        """Run a function on the main thread and give what it returns; cancelling this interrupts it.

        Args:
            function: What to run.
            began: Called on the main thread when its turn has come.
        """
        job = Job(function, on_start)
        if self._wake is None and not self._waiters:
            # A script that does not wait may never come to serve anybody.
            threading.Thread(target=_run_job, args=(job,), daemon=True).start()
        else:
            self._jobs.append(job)
            if self._wake is not None:
                self._wake(self.run_pending)
        try:
            return await asyncio.wrap_future(job.done)
        except asyncio.CancelledError:
            self._withdraw(job)
            raise

    async def await_on_cell_loop(self, make_awaitable: Callable[[], Awaitable[Any]]) -> Any:
        """Await on the loop of a cell that awaits a reply, where its sessions and connections are, else here."""
        loop = self._loops[-1] if self._loops else None

        async def there() -> Any:
            try:
                return await make_awaitable()
            except (KeyboardInterrupt, SystemExit) as error:
                # It would end the loop.
                raise RuntimeError(repr(error)) from None

        if loop is None or loop is asyncio.get_running_loop():
            return await there()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), loop))

    def run_pending(self, *, caller_waits: bool = False) -> None:
        """Run what waits, on the main thread.

        Args:
            waiting: Whoever calls is held up by this, a cell or a function that waits for another reply; an
                interrupt of what runs here is one of the caller too.

        Raises:
            KeyboardInterrupt: The kernel was interrupted (only with `waiting`).
        """
        while self._jobs and _on_main_thread() and (caller_waits or not self._running):
            try:
                self._execute(self._jobs.popleft())
            except KeyboardInterrupt:
                if caller_waits:
                    raise

    def _execute(self, job: Job) -> None:
        before = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda number, frame: self._interrupted(job, before, number, frame))
        try:
            with self._lock:
                self._running.append(job)
            interrupt = _run_job(job)
            with self._lock:
                self._running.remove(job)
            for _ in range(SIGNAL_ARRIVAL_MS):
                if not job.poked:
                    break
                time.sleep(0.001)
        finally:
            signal.signal(signal.SIGINT, before)
        if job.late:
            signal.raise_signal(signal.SIGINT)
        if any(outer.withdrawn for outer in self._running):
            # Of two signals in one moment only one arrives.
            raise KeyboardInterrupt
        if interrupt is not None and (job.interrupted or not job.withdrawn):
            raise interrupt

    def _interrupted(self, job: Job, before: Any, number: int, frame: Any) -> None:
        if job.poked:
            job.poked = False
        elif job.inside:
            job.interrupted = True
            if callable(before):
                before(number, frame)
        else:
            job.late = True
        if job.inside:
            raise KeyboardInterrupt

    def _withdraw(self, job: Job) -> None:
        """Nobody wants it any more. A function that runs is interrupted as by the keyboard, and only that."""
        with self._lock:
            job.withdrawn = True
            if job not in self._running:
                return
            job.poked = True
            if sys.platform == "win32":
                signal.raise_signal(signal.SIGINT)
            else:
                with suppress(ProcessLookupError):
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _run_job(job: Job) -> KeyboardInterrupt | None:
    """Run it to its end, whatever that is.

    Returns:
        What interrupted it.
    """
    if not job.done.set_running_or_notify_cancel():
        return None
    try:
        job.began()
        try:
            job.inside = True
            # What came before this moment has raised nothing.
            if job.withdrawn or job.late:
                raise KeyboardInterrupt
            value = job.function()
        finally:
            job.inside = False
    except KeyboardInterrupt as interrupt:
        job.done.set_exception(InterruptedCallError())
        return interrupt
    except BaseException as error:
        # `exit()` in a function ends it, and not the kernel; and no future takes a StopIteration.
        passes = isinstance(error, Exception) and not isinstance(error, StopIteration)
        job.done.set_exception(error if passes else RuntimeError(repr(error)))
    else:
        job.done.set_result(value)
    return None


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class InterruptedCallError(Exception):
    """The kernel was interrupted while the function ran."""

    def __str__(self) -> str:
        return "interrupted"
