"""Queue of functions for the main thread of the process, where the user's own functions expect to run.

Variables of the notebook, figures and databases belong to the thread that runs the cells, and Python handles an
interrupt only on that thread. So a function waits in this queue until the main thread has time: a cell that waits
for the reply runs pending functions meanwhile, an idle kernel runs them from its loop, and a kernel that is busy
with another cell runs them after that cell. `function_runner.py` has the exception for callers on other threads.

A stop interrupts a function with SIGINT, the signal that the keyboard sends too. The signal may arrive at any
later moment. So the signal handler raises KeyboardInterrupt only while the function itself runs, and after the
function this module waits for a signal that is still on its way. In this way every stop takes effect, and no stop
interrupts the code that runs next. `job.py` has the states of a function.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from .job import Job, JobState, KernelInterrupt, StopState, run_job

log = logging.getLogger("nbstream")

SIGNAL_ARRIVAL_MS = 100
"""The longest wait for a signal from another thread. A signal usually takes microseconds. If the function has
installed a signal handler of its own, the signal never reaches nbstream's handler, and the wait ends after this
time."""


@dataclass(frozen=True, eq=False)
class Waiter:
    """A caller that waits for a reply.

    Attributes:
        thread: The thread that waits.
        loop: The caller's event loop if it keeps running meanwhile; `None` if the caller blocks it.
        chat: Identifies the chat of the reply.
    """

    thread: threading.Thread
    loop: asyncio.AbstractEventLoop | None = None
    chat: object = None


class MainThread:
    """Queue of functions that are to run on the main thread of this process.

    Args:
        wake: Asks the main thread's loop to call a function. It is `None` in a script, where nbstream knows no
            loop of the main thread.

    Attributes:
        waiters: The callers that wait for a reply now, on any thread; the latest one is the last.
    """

    def __init__(self, wake: Callable[[Callable[[], None]], None] | None) -> None:
        self._wake = wake
        self._jobs: deque[Job] = deque()
        self._posted: deque[Callable[[], object]] = deque()
        # The running job, and after it the jobs that run inside it while it waits for another reply.
        self._running: list[Job] = []
        self._lock = threading.Lock()
        self.waiters: list[Waiter] = []

    @contextmanager
    def serving(self, waiter: Waiter) -> Iterator[None]:
        """Register a caller while it waits for a reply; on the main thread it runs pending functions meanwhile."""
        self.waiters.append(waiter)
        try:
            yield
        finally:
            self.waiters.remove(waiter)
            self._leave_to_threads()

    async def run(self, job: Job) -> Any:
        """Run a job on the main thread and return its result. Cancelling this call interrupts the function."""
        self._jobs.append(job)
        if self._wake is not None:
            self._wake(self.run_pending)
        else:
            self._leave_to_threads()
        try:
            return await asyncio.wrap_future(job.result)
        except asyncio.CancelledError:
            self._withdraw(job)
            raise

    def post(self, function: Callable[[], object]) -> None:
        """Have the main thread call a short function soon, from whichever thread; functions keep their order.

        A cell that waits for a reply calls it within 0.02 s, an idle kernel at once, and a kernel that is busy
        with another cell after that cell.
        """
        self._posted.append(function)
        if self._wake is not None:
            self._wake(self.run_posted)

    def run_posted(self) -> None:
        """Call the posted functions, if this is the main thread."""
        while is_on_main_thread() and self._posted:
            try:
                self._posted.popleft()()
            except Exception:
                log.warning("a posted function failed", exc_info=True)

    def take_back(self, job: Job) -> bool:
        """Remove a job from the queue so that the caller can run it; return whether it was still there."""
        with suppress(ValueError):
            self._jobs.remove(job)
            return True
        return False

    def run_pending(self, *, caller_waits: bool = False) -> None:
        """Run the pending functions, if this is the main thread.

        Args:
            caller_waits: The caller is a cell or a function that blocks until another reply ends. An interrupt of
                a function that runs here then interrupts the caller too.

        Raises:
            KeyboardInterrupt: The kernel was interrupted (only with `caller_waits`).
        """
        self.run_posted()
        while is_on_main_thread() and (caller_waits or not self._running) and (job := self._next_job()):
            try:
                self._execute(job)
            except KeyboardInterrupt:
                if caller_waits:
                    raise

    def _next_job(self) -> Job | None:
        # Another thread may take the last job back at any moment, so the queue's length decides nothing.
        with suppress(IndexError):
            return self._jobs.popleft()
        return None

    def _leave_to_threads(self) -> None:
        """Run each pending job on a thread in a script whose main thread does not wait and may never do so."""
        if self._wake is not None or any(waiter.thread is threading.main_thread() for waiter in self.waiters):
            return
        while (job := self._next_job()) is not None:
            threading.Thread(target=run_job, args=(job,), daemon=True).start()

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


def is_on_main_thread() -> bool:
    """Tell whether the caller is on the thread that runs the cells."""
    return threading.current_thread() is threading.main_thread()
