"""Event loop for replies: nbstream's own loop in a thread, or the kernel's loop where threads do not exist.

A cell that computes or sleeps blocks the kernel's loop until the cell ends, so a reply on that loop would make no
progress. On nbstream's own loop, a reply goes on while a cell is busy, and a Stop takes effect
within a millisecond.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

CLOSE_TIMEOUT_SECONDS = 2.0
"""The longest time for which a kernel that shuts down waits until open requests are closed."""


_close_hooks: list[Callable[[], Awaitable[None]]] = []


def register_close_hook(close: Callable[[], Awaitable[None]]) -> None:
    """Register a coroutine function that a closing `ThreadLoop` awaits after its tasks have ended."""
    _close_hooks.append(close)


WAIT_ON_LOOP = (
    "A blocking wait was asked for on the event loop of all replies, which would stop them all. In an async tool, "
    "write await nbstream.chat(…, wait=False)."
)

FORKED = (
    "This chat belongs to the process that made it. This process is a fork of that one, without the thread on "
    "which the chat runs. Its text and its messages can be read here; to ask from here, make a new chat: "
    "nbstream.chat(messages=chat.messages)."
)


class DaemonThreadExecutor(ThreadPoolExecutor):
    """Executor that runs each function in a daemon thread of its own.

    Python waits at its end for the threads of other executors, whatever they do, so a script would hang while a
    tool's result is read or a host's address is looked up. Once that wait has begun, other executors also take no
    function any more.
    """

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run a function in a thread, and return its future."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="nbstream worker", daemon=True).start()
        return future


class ThreadLoop:
    """Event loop in a daemon thread, which ends with the process.

    A forked child has the loop and lacks its thread, so nothing that is put on the loop there would ever run.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(DaemonThreadExecutor())
        self._thread = threading.Thread(target=self._run, name="nbstream", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def check_process(self) -> None:
        """Raise `RuntimeError`, with advice, in a forked child of the loop's process."""
        if self.pid != os.getpid():
            raise RuntimeError(FORKED)

    def check_may_block(self) -> None:
        """Raise `RuntimeError`, with advice, on the loop's own thread, which must not be blocked."""
        if self.in_loop_thread:
            raise RuntimeError(WAIT_ON_LOOP)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function on the loop and return its result, from any thread.

        Raises:
            RuntimeError: This process is a forked child of the loop's process.
        """
        self.check_process()
        if self.in_loop_thread:
            return function(*args)
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(function(*args))
            except BaseException as error:
                done.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return done.result()

    @property
    def in_loop_thread(self) -> bool:
        """Whether the caller is on the loop's own thread, which must not be blocked."""
        return threading.current_thread() is self._thread

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Schedule a function on the loop; may be called from any thread and any signal handler."""
        # A forked child shares the socket that wakes the loop, so a call there would wake the parent's loop.
        if self.pid != os.getpid():
            return
        # A closed loop raises RuntimeError. It has ended everything that ran on it, so the function is not needed.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *args)

    async def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run a slow function in a worker thread, so that the loop stays free."""
        return await asyncio.to_thread(function, *args)

    @property
    def is_usable(self) -> bool:
        """Whether this loop still runs in this process; a forked child process lacks the loop's thread."""
        return self.pid == os.getpid() and not self.loop.is_closed()

    def close(self) -> None:
        """Cancel everything that runs on the loop, wait until its requests are closed, and stop the loop."""
        if self.loop.is_closed() or os.getpid() != self.pid:
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._close_all(), self.loop).result(CLOSE_TIMEOUT_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CLOSE_TIMEOUT_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    async def _close_all(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for close in _close_hooks:
            await close()
        await self.loop.shutdown_asyncgens()


class HostLoop:
    """The event loop that is already running, for Python without threads (Pyodide)."""

    is_usable = True

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.get_running_loop()

    @property
    def can_block(self) -> bool:
        """Whether the running code can wait for a reply.

        Browsers with JavaScript Promise Integration, such as Chrome and Edge, set a cell's code aside while the
        loop goes on. Other browsers cannot do that, and none can for code that JavaScript has called directly.
        """
        try:
            from pyodide.ffi import can_run_sync
        except ImportError:
            return False
        return bool(can_run_sync())

    def block_on(self, awaitable: Awaitable[T]) -> T:
        """Set the running code aside until an awaitable is done. Call it only if `can_block` is true."""
        from pyodide.ffi import run_sync

        result: T = run_sync(awaitable)
        return result

    def check_process(self) -> None:
        """Accept every process: there are no forks where there are no threads."""

    def check_may_block(self) -> None:
        """Accept every caller: nothing blocks here, and `block_on` leaves the loop free."""

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function at once, because the only thread is the loop's own."""
        return function(*args)

    async def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run a slow function on the loop, because there are no threads; callbacks that are due run before it."""
        await asyncio.sleep(0)
        return function(*args)

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Schedule a function on the loop."""
        with suppress(RuntimeError):
            self.loop.call_soon(function, *args)


ReplyLoop = ThreadLoop | HostLoop

clock = time.monotonic


def start_loop(*, has_threads: bool) -> ReplyLoop:
    """Start a loop for all replies in a thread of its own; where there are no threads, return the running loop."""
    return ThreadLoop() if has_threads else HostLoop()
