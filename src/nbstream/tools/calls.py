"""The calls of tools in one reply: asked for by Claude, allowed or refused, run, and answered."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from ..content.previews import prepare
from ..core.ops import CallState
from ..core.transcript import Transcript
from ..core.turn import Block
from ..kernel import listener as kernels
from ..kernel.main_thread import MainThread
from .results import Result, result_of, words_of
from .toolbox import Tool, Toolbox

log = logging.getLogger("nbstream")

ERROR = 2_000
"""Characters of an exception's text that Claude is told; enough to mend the call by."""

REFUSED = "The user refused this call."

Approve = Callable[[str, Mapping[str, Any]], Any]
"""Whether a call may run, by its tool's name and its arguments; sync or async."""


def checked_approve(approve: object) -> Approve | str | None:
    """What `nbstream.chat` was given as `approve`.

    Raises:
        TypeError: It is no function, and neither `"ask"` nor `None`.
        ValueError: There is no page on which a reader could be asked.
    """
    if approve is None or callable(approve):
        return approve
    if approve != "ask":
        raise TypeError(f'approve is {approve!r:.60}; pass "ask", or a function of a tool\'s name and arguments.')
    kernel = kernels.find()
    if kernel is None or kernels.is_headless(kernel):
        raise ValueError('approve="ask" needs a page with its buttons, and here is none; pass a function instead.')
    return "ask"


class ToolRunner:
    """Runs the calls of one reply. Lives on one loop, and only there.

    Args:
        toolbox: What may be called.
        approve: Decides what may run; `"ask"` has the reader decide on the page, `None` lets everything run.
        main: Where functions run that are not async.
        clock: Seconds of a monotonic clock.
        transcript: Where results go: into its latest turn.
        changed: Called after every change of the transcript.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        approve: Approve | str | None,
        main: MainThread,
        clock: Callable[[], float],
        transcript: Transcript,
        changed: Callable[[], None],
    ) -> None:
        self._toolbox = toolbox
        self._approve = approve
        self._main = main
        self._clock = clock
        self._transcript = transcript
        self._changed = changed
        self._questions: dict[str, asyncio.Future[bool]] = {}
        # The calls that have no result yet.
        self._open: set[str] = set()

    def of(self, blocks: list[Block]) -> list[Block]:
        """The calls among these blocks, if all of them are answered here; else none."""
        calls = [block for block in blocks if block.type == "tool_use"]
        return calls if all(self._toolbox.runs(str(call.param.get("name"))) for call in calls) else []

    async def run(self, calls: list[Block]) -> None:
        """Run them all at once, and add a result for each to the turn. Cancelling this stops those that run."""
        self._open = {_id(call) for call in calls}
        await asyncio.gather(*(self._answer(call) for call in calls))

    def approve(self, call: str, run: bool) -> None:
        """The reader has decided."""
        question = self._questions.get(call)
        if question is not None and not question.done():
            question.set_result(run)

    def stop(self) -> None:
        """The reply has ended; what still runs is of no use to it."""
        for call in sorted(self._open):
            self._move(call, "stopped")
        self._open.clear()

    async def _answer(self, block: Block) -> None:
        call, name = _id(block), str(block.param.get("name"))
        try:
            tool, arguments = self._toolbox.get(name), block.arguments()
            if tool is None:
                raise LookupError(f"there is no tool of the name {name!r}")
            if not isinstance(arguments, dict):
                raise ValueError("the arguments are no JSON object")
            if not await self._allowed(call, name, arguments):
                self._result(call, "refused", REFUSED)
                return
            content, whole = await self._run(call, tool, arguments)
            if whole:
                self._result(call, "done", content)
            else:
                self._result(call, "failed", words_of(content))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The function's own doing, or the end of the cell's loop that it ran on.
            self._result(call, "failed", "The call was cancelled.")
        except Exception as error:
            log.debug("tool %s failed", name, exc_info=True)
            # The API takes no error without a text.
            from ..claude.client import error_content

            told = words_of(result_of(error_content(error) or _said(error)).content)
            self._result(call, "failed", told or _said(error))

    async def _allowed(self, call: str, name: str, arguments: Mapping[str, Any]) -> bool:
        approve = self._approve
        if approve is None:
            return True
        if callable(approve):
            return await self._decide(approve, name, arguments)
        self._questions[call] = asyncio.get_running_loop().create_future()
        self._move(call, "asking")
        try:
            return await self._questions[call]
        finally:
            del self._questions[call]

    async def _run(self, call: str, tool: Tool, arguments: dict[str, Any]) -> Result:
        """What the tool returned. To draw a figure takes long and is the reader's code, so it is not done here."""
        if inspect.iscoroutinefunction(tool.call):
            self._move(call, "running")
            value = await self._main.await_there(lambda: tool.call(arguments))
            return await asyncio.to_thread(_read, value)

        def call_and_read() -> tuple[Any, Any]:
            value = tool.call(arguments)
            return (value, None) if inspect.isawaitable(value) else (None, _read(value))

        self._move(call, "queued")
        # Where it runs is another thread.
        began = partial(asyncio.get_running_loop().call_soon_threadsafe, self._move, call, "running")
        returned: tuple[Any, Result] = await self._main.run(call_and_read, began)
        awaitable, result = returned
        if awaitable is None:
            return result
        return await asyncio.to_thread(_read, await self._main.await_there(lambda: awaitable))

    async def _decide(self, approve: Approve, name: str, arguments: Mapping[str, Any]) -> bool:
        if inspect.iscoroutinefunction(approve):
            return bool(await self._main.await_there(lambda: approve(name, arguments)))
        decided = await self._main.run(lambda: approve(name, arguments))
        return bool(await self._main.await_there(lambda: decided) if inspect.isawaitable(decided) else decided)

    def _move(self, call: str, state: CallState) -> None:
        # Later, another turn may be the latest.
        if call in self._open:
            self._transcript.move_call(call, state, self._clock())
            self._changed()

    def _result(self, call: str, state: CallState, content: Any) -> None:
        if call not in self._open:
            return
        failed = {} if state == "done" else {"is_error": True}
        result = {"type": "tool_result", "tool_use_id": call, "content": content, **failed}
        self._transcript.add_blocks([result], self._clock())
        self._move(call, state)
        self._open.discard(call)


def _id(call: Block) -> str:
    return str(call.param.get("id"))


def _read(value: object) -> Result:
    result = result_of(value)
    prepare(result.content)
    return result


def _said(error: Exception) -> str:
    """An exception in short: its kind and its text, and of wrong arguments also what is wrong with them."""
    text = type(error).__name__
    # An exception's text is the reader's code too.
    with suppress(Exception):
        cause = f" ({error.__cause__})" if isinstance(error, ValueError) and error.__cause__ is not None else ""
        text = f"{text}: {error}{cause}"
    return text if len(text) <= ERROR else f"{text[:ERROR]}…"
