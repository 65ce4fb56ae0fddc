"""Runner of one chat's functions: on the main thread, or on a thread that waits for the chat's reply.

A cell may hold the main thread until other threads have their replies, as `ThreadPoolExecutor().map(ask, texts)`
does. The main thread then waits for a reply whose function waits for the main thread. So a thread that waits for
a reply runs the functions of that reply itself if the main thread leaves them in its queue for too long.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .job import Job, run_job
from .main_thread import MainThread, Waiter, is_on_main_thread

MAIN_THREAD_TURN_SECONDS = 0.25
"""The longest time that a function waits for the main thread while another thread waits for its reply. An idle
kernel takes a function within milliseconds, and a cell that waits for a reply takes one within 0.1 s."""


class FunctionRunner:
    """Runs the functions of one chat where the user expects them.

    Args:
        main: The queue of the main thread, which all chats share.
        clock: Returns the seconds of a monotonic clock.
    """

    def __init__(self, main: MainThread, clock: Callable[[], float] = time.monotonic) -> None:
        self._main = main
        self._clock = clock
        self._queued_at: dict[Job, float] = {}
        self._reply_loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def serving(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Register a caller while it waits for the chat's reply; it runs pending functions meanwhile.

        Args:
            loop: The caller's event loop if it keeps running meanwhile; `None` if the caller blocks it.
        """
        with self._main.serving(Waiter(threading.current_thread(), loop, self)):
            yield

    async def run(self, function: Callable[[], Any], on_start: Callable[[], object] = lambda: None) -> Any:
        """Run a function and return its result. Cancelling this call interrupts a function on the main thread.

        Args:
            function: The function to run.
            on_start: Called just before the function, on the thread that runs it.
        """
        self._reply_loop = asyncio.get_running_loop()
        job = Job(function, on_start)
        self._queued_at[job] = self._clock()
        try:
            return await self._main.run(job)
        finally:
            del self._queued_at[job]

    async def await_on_cell_loop(self, make_awaitable: Callable[[], Awaitable[Any]]) -> Any:
        """Await the user's awaitable on the loop of a cell that awaits this chat, or else another chat.

        The user's sessions and connections belong to that loop. If no cell awaits a reply, the current loop is
        used, and also if the cell's thread meanwhile blocks until another reply ends.

        Args:
            make_awaitable: Creates the awaitable. It is called on the loop that awaits it.
        """

        async def await_safely() -> Any:
            try:
                return await make_awaitable()
            except (KeyboardInterrupt, SystemExit) as error:
                # Either of these exceptions would end the loop.
                raise RuntimeError(repr(error)) from None

        loop = self._cell_loop()
        if loop is None or loop is asyncio.get_running_loop():
            return await await_safely()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(await_safely(), loop))

    def run_pending(self, *, caller_waits: bool = False) -> None:
        """Run pending functions on the calling thread, which waits for a reply of this chat.

        The main thread runs the functions of all chats. Another thread runs those of this chat that the main
        thread has left in its queue for `MAIN_THREAD_TURN_SECONDS`.

        Args:
            caller_waits: As for `MainThread.run_pending`.

        Raises:
            KeyboardInterrupt: The kernel was interrupted (only on the main thread, with `caller_waits`).
        """
        if is_on_main_thread():
            self._main.run_pending(caller_waits=caller_waits)
            return
        due = self._clock() - MAIN_THREAD_TURN_SECONDS
        # Another thread may add or remove jobs during this loop, so it runs over a copy.
        for job, queued_at in list(self._queued_at.items()):
            if queued_at <= due and self._main.take_back(job):
                self._run_here(job)

    def run_posted(self) -> None:
        """Call the functions that were posted to the main thread, if the caller is on it."""
        self._main.run_posted()

    def _run_here(self, job: Job) -> None:
        try:
            is_on_reply_loop = asyncio.get_running_loop() is self._reply_loop
        except RuntimeError:
            is_on_reply_loop = False
        if is_on_reply_loop:
            # An async tool awaits this chat on the loop of all replies, which a function must not block.
            threading.Thread(target=run_job, args=(job,), daemon=True).start()
        else:
            run_job(job)

    def _cell_loop(self) -> asyncio.AbstractEventLoop | None:
        waiters = list(self._main.waiters)
        of_this_chat = [waiter for waiter in waiters if waiter.chat is self] or waiters
        if not of_this_chat:
            return None
        thread = of_this_chat[-1].thread
        return next(waiter.loop for waiter in reversed(waiters) if waiter.thread is thread)
