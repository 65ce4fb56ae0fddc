"""Event loop for replies: nbstream's own in a thread of its own, or the kernel's where threads do not exist.

A cell that computes or sleeps blocks the kernel's loop for its whole length, so a reply on that loop would make no
progress. On a loop of its own it sends 9 frames a second beside a busy cell, and a Stop acts within a millisecond.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

CLOSE_TIMEOUT_SECONDS = 2.0
"""Time that a kernel which shuts down waits for open requests to be closed."""


_close_hooks: list[Callable[[], Awaitable[None]]] = []


def register_close_hook(close: Callable[[], Awaitable[None]]) -> None:
    """Register a coroutine function that a `ThreadLoop` awaits once its tasks have ended, before it stops."""
    _close_hooks.append(close)


class ThreadLoop:
    """Event loop in a daemon thread, which ends with the process."""

    can_block = True

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="nbstream", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function on the loop and return its result, from any thread."""
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
        """Run a function on the loop soon, from any thread and any signal handler."""
        # A closed loop has already ended everything that ran on it.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *args)

    async def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run a slow function in a worker thread, so that the loop stays free."""
        return await asyncio.to_thread(function, *args)

    @property
    def is_usable(self) -> bool:
        """Whether this loop still runs in this process. A forked child lacks its thread."""
        return self.pid == os.getpid() and not self.loop.is_closed()

    def close(self) -> None:
        """Cancel everything that runs here and wait until its requests are closed, then stop the loop."""
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
        await self.loop.shutdown_default_executor()


class HostLoop:
    """The loop that runs already, for Python without threads (Pyodide)."""

    can_block = False
    in_loop_thread = True
    is_usable = True

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.get_running_loop()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function. The only thread is the loop's own."""
        return function(*args)

    async def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run a slow function on the loop, because there are no threads. Callbacks that are due run first."""
        await asyncio.sleep(0)
        return function(*args)

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Run a function on the loop soon."""
        with suppress(RuntimeError):
            self.loop.call_soon(function, *args)


ReplyLoop = ThreadLoop | HostLoop

clock = time.monotonic


def start_loop() -> ReplyLoop:
    """Start the loop of all replies in its own thread; where there are no threads, return the running loop."""
    return HostLoop() if sys.platform == "emscripten" else ThreadLoop()
