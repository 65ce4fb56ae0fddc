"""Turns of callers at one thread: a caller who sent many files waits, and does not hold up the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any


class CallerTurns:
    """Runs slow functions in one thread, in turns by caller. Lives on one loop.

    There is one thread, so that pictures are scaled down one after the other: each may take 900 MB of memory.
    After each function the next caller has a turn, so a caller waits for one function of each other caller.

    Args:
        name: The name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, name)
        # The functions that wait, by caller. The caller whose turn is next is the first.
        self._waiting: dict[str, deque[tuple[asyncio.Future[Any], Callable[[], Any]]]] = {}
        self._is_running = False

    async def run(self, caller: str, function: Callable[..., Any], *args: Any) -> Any:
        """Run a function when it is its caller's turn, and return its result. A cancelled call does not run."""
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append((result, partial(function, *args)))
        self._start_next()
        return await result

    def close(self) -> None:
        """Drop the functions that wait."""
        for calls in self._waiting.values():
            for result, _ in calls:
                result.cancel()
        self._waiting.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start_next(self) -> None:
        while self._waiting and not self._is_running:
            caller = next(iter(self._waiting))
            calls = self._waiting.pop(caller)
            result, function = calls.popleft()
            if calls:
                # The caller goes to the end of the line.
                self._waiting[caller] = calls
            if not result.done():
                self._is_running = True
                running = asyncio.get_running_loop().run_in_executor(self._executor, function)
                running.add_done_callback(partial(self._end, result))

    def _end(self, result: asyncio.Future[Any], running: asyncio.Future[Any]) -> None:
        self._is_running = False
        if running.cancelled():
            result.cancel()
        elif result.done():
            # The caller no longer waits. asyncio would log an exception that is never read.
            running.exception()
        elif (error := running.exception()) is not None:
            result.set_exception(error)
        else:
            result.set_result(running.result())
        self._start_next()
