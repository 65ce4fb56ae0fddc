"""Queue of functions for the main thread of the process, where the user's own functions expect to run.

Variables of the notebook, figures and databases belong to the thread that runs the cells, and Python handles an
interrupt only on that thread. So a function waits in this queue until the main thread has time: a cell that waits
for the reply runs pending functions meanwhile, an idle kernel runs them from its loop, and a kernel that is busy
with another cell runs them after that cell.

A stop interrupts a function with SIGINT, the signal that the keyboard sends too. The signal may arrive at any
later moment. So the signal handler raises KeyboardInterrupt only while the function itself runs, and after the
function this module waits for a signal that is still on its way. In this way every stop takes effect, and no stop
interrupts the code that runs next. `job.py` has the states of a function.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .job import Job, JobState, KernelInterrupt, StopState, run_job

SIGNAL_ARRIVAL_MS = 100
"""The longest wait for a signal from another thread. A signal usually takes microseconds. If the function has
installed a signal handler of its own, the signal never reaches nbstream's handler, and the wait ends after this
time."""


class MainThread:
    """Queue of functions that are to run on the main thread of this process.

    Args:
        wake: Asks the main thread's loop to call a function. It is `None` in a script, where nbstream knows no
            loop of the main thread.
    """

    def __init__(self, wake: Callable[[Callable[[], None]], None] | None) -> None:
        self._wake = wake
        self._jobs: deque[Job] = deque()
        # The running job, and after it the jobs that run inside it while it waits for another reply.
        self._running: list[Job] = []
        self._lock = threading.Lock()
        self._waiters = 0
        self._loops: list[asyncio.AbstractEventLoop | None] = []

    @contextmanager
    def serving(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Register a caller while it waits for a reply; on the main thread it runs pending functions meanwhile.

        Args:
            loop: The caller's event loop if it keeps running meanwhile; `None` if the caller blocks it.
        """
        runs_jobs = _is_on_main_thread()
        self._waiters += runs_jobs
        self._loops.append(loop)
        try:
            yield
        finally:
            self._loops.remove(loop)
            self._waiters -= runs_jobs

    async def run(self, function: Callable[[], Any], on_start: Callable[[], object] = lambda: None) -> Any:
        """Run a function on the main thread and return its result. Cancelling this call interrupts the function.

        Args:
            function: The function to run.
            on_start: Called on the main thread when the function's turn has come.
        """
        job = Job(function, on_start)
        if self._wake is None and not self._waiters:
            # A script that does not wait for the reply may never run pending functions, so a thread runs this one.
            threading.Thread(target=run_job, args=(job,), daemon=True).start()
        else:
            self._jobs.append(job)
            if self._wake is not None:
                self._wake(self.run_pending)
        try:
            return await asyncio.wrap_future(job.result)
        except asyncio.CancelledError:
            self._withdraw(job)
            raise

    async def await_on_cell_loop(self, make_awaitable: Callable[[], Awaitable[Any]]) -> Any:
        """Await the user's awaitable on the loop of a cell that awaits a reply.

        The user's sessions and connections belong to that loop. If no cell awaits a reply, the current loop is
        used.

        Args:
            make_awaitable: Creates the awaitable. It is called on the loop that awaits it.
        """
        loop = self._loops[-1] if self._loops else None

        async def await_safely() -> Any:
            try:
                return await make_awaitable()
            except (KeyboardInterrupt, SystemExit) as error:
                # Either of these exceptions would end the loop.
                raise RuntimeError(repr(error)) from None

        if loop is None or loop is asyncio.get_running_loop():
            return await await_safely()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(await_safely(), loop))

    def run_pending(self, *, caller_waits: bool = False) -> None:
        """Run the pending functions, if this is the main thread.

        Args:
            caller_waits: The caller is a cell or a function that blocks until another reply ends. An interrupt of
                a function that runs here then interrupts the caller too.

        Raises:
            KeyboardInterrupt: The kernel was interrupted (only with `caller_waits`).
        """
        while self._jobs and _is_on_main_thread() and (caller_waits or not self._running):
            try:
                self._execute(self._jobs.popleft())
            except KeyboardInterrupt:
                if caller_waits:
                    raise

    def _execute(self, job: Job) -> None:
        previous = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, lambda number, frame: self._on_sigint(job, previous, number, frame))
        try:
            with self._lock:
                self._running.append(job)
            interrupt = run_job(job)
            with self._lock:
                self._running.remove(job)
            for _ in range(SIGNAL_ARRIVAL_MS):
                if job.stop is not StopState.SIGNAL_SENT:
                    break
                time.sleep(0.001)
        finally:
            signal.signal(signal.SIGINT, previous)
        if KernelInterrupt.OUTSIDE in job.interrupts:
            signal.raise_signal(signal.SIGINT)
        if any(outer.is_stopped for outer in self._running):
            # Two signals that are sent at the same moment arrive as one, which the inner job has received. So the
            # stop of the outer job is raised here.
            raise KeyboardInterrupt
        if interrupt is not None and (KernelInterrupt.INSIDE in job.interrupts or not job.is_stopped):
            raise interrupt

    def _on_sigint(self, job: Job, previous: Any, number: int, frame: Any) -> None:
        if job.stop is StopState.SIGNAL_SENT:
            job.move_stop(StopState.SIGNAL_RECEIVED)
        elif job.state is JobState.RUNNING:
            job.interrupts.add(KernelInterrupt.INSIDE)
            if callable(previous):
                previous(number, frame)
        else:
            job.interrupts.add(KernelInterrupt.OUTSIDE)
        if job.state is JobState.RUNNING:
            raise KeyboardInterrupt

    def _withdraw(self, job: Job) -> None:
        """Stop a job. If its function runs, it is interrupted as by the keyboard; nothing else is interrupted."""
        with self._lock:
            if job not in self._running:
                job.move_stop(StopState.WITHDRAWN)
                return
            job.move_stop(StopState.SIGNAL_SENT)
            if sys.platform == "win32":
                signal.raise_signal(signal.SIGINT)
            else:
                with suppress(ProcessLookupError):
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _is_on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
