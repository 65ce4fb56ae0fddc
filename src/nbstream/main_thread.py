"""Runs the reader's own functions where they expect to run: on the main thread, which can be interrupted.

Variables of the notebook, figures and databases belong to the thread that runs the cells, and only there does an
interrupt reach Python. So a function waits here until that thread has time for it: a cell that waits for the
reply serves what has come, an idle kernel does by its loop, and a kernel that is busy with another cell does so
after it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any


class Job:
    """One function that is to run."""

    def __init__(self, function: Callable[[], Any], began: Callable[[], object]) -> None:
        self.function = function
        self.began = began
        self.done: Future[Any] = Future()
        self.withdrawn = False


class MainThread:
    """What waits for the main thread of this process.

    Args:
        wake: Has the main thread call a function when its loop turns; `None` where it has no loop of ours, in a
            script.
    """

    def __init__(self, wake: Callable[[Callable[[], None]], None] | None) -> None:
        self._wake = wake
        self._jobs: deque[Job] = deque()
        self._running: Job | None = None
        self._lock = threading.Lock()
        self._waiters = 0
        self._loops: list[asyncio.AbstractEventLoop] = []

    @contextmanager
    def served(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Somebody waits on the main thread and serves it meanwhile; `loop`, if it is one that turns."""
        self._waiters += 1
        if loop is not None:
            self._loops.append(loop)
        try:
            yield
        finally:
            self._waiters -= 1
            if loop is not None:
                self._loops.remove(loop)

    async def run(self, function: Callable[[], Any], began: Callable[[], object] = lambda: None) -> Any:
        """Run a function on the main thread and give what it returns; cancelling this interrupts it.

        Args:
            function: What to run.
            began: Called on the main thread when its turn has come.
        """
        if self._wake is None and not self._waiters:
            # A script that does not wait may never come to serve anybody.
            began()
            return await asyncio.to_thread(function)
        job = Job(function, began)
        self._jobs.append(job)
        if self._wake is not None:
            self._wake(self.serve)
        try:
            return await asyncio.wrap_future(job.done)
        except asyncio.CancelledError:
            self._withdraw(job)
            raise

    async def await_there(self, made: Callable[[], Awaitable[Any]]) -> Any:
        """Await on the loop of a cell that awaits a reply, where its sessions and connections are, else here."""
        loop = self._loops[-1] if self._loops else None
        if loop is None or loop is asyncio.get_running_loop():
            return await made()

        async def there() -> Any:
            return await made()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), loop))

    def serve(self, *, waiting: bool = False) -> None:
        """Run what waits, on the main thread.

        Args:
            waiting: A cell waits here, and an interrupt of the function is one of the cell.

        Raises:
            KeyboardInterrupt: The kernel was interrupted (only with `waiting`).
        """
        if threading.current_thread() is not threading.main_thread():
            return
        # A function may itself wait for another reply.
        while self._running is None and self._jobs:
            try:
                self._execute(self._jobs.popleft())
            except KeyboardInterrupt:
                if waiting:
                    raise

    def _execute(self, job: Job) -> None:
        with self._lock:
            if job.withdrawn or not job.done.set_running_or_notify_cancel():
                return
            self._running = job
        before = signal.signal(signal.SIGINT, lambda number, frame: self._interrupted(job, before, number, frame))
        try:
            job.began()
            job.done.set_result(job.function())
        except KeyboardInterrupt:
            job.done.cancel()
            if not job.withdrawn:
                job.done.set_exception(InterruptedCallError())
                raise
        except BaseException as error:
            # `exit()` in a function ends it, and not the kernel.
            job.done.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
        finally:
            with self._lock:
                self._running = None
            # Runs what is still on its way by the handler above, which lets it be now.
            signal.signal(signal.SIGINT, before)

    def _interrupted(self, job: Job, before: Any, number: int, frame: Any) -> None:
        if self._running is not job:
            return
        if not job.withdrawn and callable(before):
            before(number, frame)
        raise KeyboardInterrupt

    def _withdraw(self, job: Job) -> None:
        """Nobody wants it any more. A function that runs is interrupted as by the keyboard, and only that."""
        with self._lock:
            job.withdrawn = True
            if self._running is not job:
                return
            if sys.platform == "win32":
                signal.raise_signal(signal.SIGINT)
            else:
                with suppress(ProcessLookupError):
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class InterruptedCallError(Exception):
    """The kernel was interrupted while the function ran."""

    def __str__(self) -> str:
        return "interrupted"


_main: tuple[object, MainThread] | None = None


def main_thread(kernel: Any | None) -> MainThread:
    """The main thread of this process; `kernel` is the kernel that it is, if it is one."""
    global _main
    if _main is None or _main[0] is not kernel:
        _main = (kernel, MainThread(kernel.io_loop.add_callback if kernel is not None else None))
    return _main[1]
