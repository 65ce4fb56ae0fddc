"""Messages of rows, made of their prompts: a text at once, all else in a thread, because it may be slow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ...content.message import UserMessage
from .prompts import Prompts

RunInThread = Callable[..., Awaitable[Any]]


class RowMessages:
    """Makes the messages of one run. Use it on one event loop only.

    Args:
        prompts: The prompt of each row.
        run_in_thread: Runs slow functions without holding up the loop.
        ended: Called with a row, and with its message or the error that there is none; `None` if it was cancelled.
    """

    def __init__(
        self,
        prompts: Prompts,
        run_in_thread: RunInThread,
        ended: Callable[[int, UserMessage | Exception | None], None],
    ) -> None:
        self._prompts = prompts
        self._run_in_thread = run_in_thread
        self._ended = ended
        self._tasks: dict[int, asyncio.Future[UserMessage]] = {}

    @property
    def running(self) -> int:
        """The number of messages that are being made."""
        return len(self._tasks)

    def make(self, row: int) -> UserMessage | None:
        """Return the message of a row; `None` if it is made in a thread, after which `ended` is called.

        Raises:
            Exception: The row has no prompt, or one that cannot be sent.
        """
        prompt = self._prompts.make(row)
        if isinstance(prompt, str):
            return UserMessage.from_prompt(prompt)
        self._tasks[row] = task = asyncio.ensure_future(self._run_in_thread(UserMessage.from_prompt, prompt))
        # A task that is cancelled before its first step never runs, but it calls back.
        task.add_done_callback(partial(self._end, row))
        return None

    def cancel(self) -> None:
        """Wait for no message any more."""
        for task in self._tasks.values():
            task.cancel()

    def _end(self, row: int, task: asyncio.Future[UserMessage]) -> None:
        del self._tasks[row]
        if task.cancelled():
            self._ended(row, None)
        elif (error := task.exception()) is not None:
            self._ended(row, error if isinstance(error, Exception) else RuntimeError(repr(error)))
        else:
            self._ended(row, task.result())
