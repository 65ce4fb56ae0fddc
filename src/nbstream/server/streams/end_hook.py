"""The operator's function that learns of each answer that has ended, to store or to meter it.

The hook runs on its own: no reply waits for it, no reply fails with it, and no caller sees anything of it.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial, reduce
from typing import Any

from ...claude.usage import UsageMeter, estimate
from ...conversation.conversation import Conversation
from ...core.messages import build_messages
from ...core.reply import sum_usage

log = logging.getLogger("nbstream")

OnEnd = Callable[[str, list[dict[str, Any]], dict[str, Any], float | None], Any]
"""Gets the caller's name, the conversation as the Messages API takes it, the tokens of the answer in the API's
fields (of all its requests together), and its estimated US dollars, `None` for a model without a known price. It
may be async. The value that it returns is ignored."""

MAX_RUNNING_CALLS = 8
"""The most calls of the function that run at the same time."""

MAX_WAITING_CALLS = 100
"""The most answers that wait for their call; further ones are not reported."""

CALL_TIMEOUT_SECONDS = 30.0
"""Time after which a call is given up."""

CLOSE_TIMEOUT_SECONDS = 5.0
"""The longest time that a server which shuts down waits for its calls."""


CANCEL_TIMEOUT_SECONDS = 0.5
"""The longest time that calls which are given up then may take to end."""


class EndHook:
    """Calls the operator's function. Lives on one loop.

    Args:
        on_end: The function; `None` if there is none.

    Raises:
        TypeError: It is not a function.
    """

    def __init__(self, on_end: OnEnd | None) -> None:
        if on_end is not None and not callable(on_end):
            raise TypeError(
                f"on_end is {on_end!r:.60}; pass a function of the caller, the messages, the usage and the cost."
            )
        self._on_end = on_end
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    def report(self, caller: str, conversation: Conversation) -> None:
        """Report the reply of a conversation that has just ended, unless nothing of it was sent to Claude."""
        run = conversation.run
        if self._on_end is None or run is None or not _was_sent(run.meter):
            return
        if len(self._waiting) >= MAX_WAITING_CALLS:
            log.warning("on_end does not keep up, so an answer is not reported")
            return
        try:
            # Another version of the answer may be in sight by now.
            messages = build_messages(conversation.transcript.tree.path_to(run.turn.id))
            counts = [request.estimated_counts() for request in run.meter.requests]
            self._waiting.append((caller, messages, reduce(sum_usage, counts), estimate(run.meter)))
            self._start_next()
        except Exception:
            log.exception("an answer is not reported to on_end")

    async def close(self) -> None:
        """Wait for the calls, and give up those that take too long."""
        deadline = asyncio.get_running_loop().time() + CLOSE_TIMEOUT_SECONDS
        while self._running and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if unreported := len(self._running) + len(self._waiting):
            log.warning("the server has ended, and on_end was not done with %d answers", unreported)
        self._waiting.clear()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CANCEL_TIMEOUT_SECONDS)

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < MAX_RUNNING_CALLS:
            task = asyncio.create_task(self._call(*self._waiting.popleft()), name="nbstream on_end")
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start_next()

    async def _call(self, caller: str, messages: Any, usage: Any, cost: float | None) -> None:
        assert self._on_end is not None
        limit, thread = asyncio.timeout(CALL_TIMEOUT_SECONDS), None
        try:
            async with limit:
                # The function gets a copy, because the conversation goes on with the original.
                copied = await asyncio.to_thread(copy.deepcopy, messages)
                call = partial(self._on_end, caller, copied, usage, cost)
                if _is_async(self._on_end):
                    returned = call()
                else:
                    thread = _run_in_daemon_thread(call)
                    returned = await asyncio.shield(thread)
                if inspect.isawaitable(returned):
                    await returned
        except (Exception, SystemExit):
            if limit.expired():
                log.warning("on_end was not done after %g s, so its call was given up", CALL_TIMEOUT_SECONDS)
            else:
                log.exception("on_end failed")
        if thread is not None and not thread.done():
            # A thread cannot be ended. It counts as running, so threads that hang do not become more and more.
            await asyncio.wait([thread])


def _was_sent(meter: UsageMeter) -> bool:
    return any(request.attempts or request.counts for request in meter.requests)


def _is_async(function: Callable[..., Any]) -> bool:
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _run_in_daemon_thread(function: Callable[[], Any]) -> asyncio.Future[Any]:
    """Run a function in a thread of its own, which does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if error is None:
            result.set_result(value)
        else:
            result.set_exception(error)
            # If the call is no longer awaited, its exception counts as read.
            result.exception()

    def run() -> None:
        value, error = None, None
        try:
            value = function()
        except BaseException as raised:
            # A future cannot hold a StopIteration.
            error = RuntimeError(repr(raised)) if isinstance(raised, StopIteration) else raised
        # The loop is closed if the server has ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=run, name="nbstream-on-end", daemon=True).start()
    return result
