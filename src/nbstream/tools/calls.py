"""The tool calls of one reply: requested by Claude, allowed or refused, run, and answered."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

from ..core.ops import FINAL_CALL_STATES, CallState
from ..core.transcript import Transcript
from ..core.turn import Block
from ..kernel.function_runner import FunctionRunner
from .approvals import Approvals, Approve
from .call_result import REFUSED_TEXT, CallResult, describe_call_result, failed_call_result
from .items import read_async_items, read_items
from .last_failure import record_failure
from .results import ToolResult, result_of, text_only
from .toolbox import Tool, Toolbox

log = logging.getLogger("nbstream")

CALL_TRANSITIONS: Mapping[CallState | None, frozenset[CallState]] = {
    # `None` stands for a call that Claude has requested and for which nothing else has happened yet. A function
    # that was passed as `approve` may refuse the call in this state.
    None: frozenset({"asking", "queued", "running", "failed", "refused", "stopped"}),
    "asking": frozenset({"queued", "running", "failed", "refused", "stopped"}),
    "queued": frozenset({"running", "failed", "stopped"}),
    "running": frozenset({"done", "failed", "stopped"}),
    "done": frozenset(),
    "failed": frozenset(),
    "refused": frozenset(),
    "stopped": frozenset(),
}
"""The changes of state that a call may make. A sync tool is queued for the main thread; an async one runs at once.
"""


class IllegalCallTransitionError(RuntimeError):
    """A call was about to make a change of state that `CALL_TRANSITIONS` forbids; this is a bug in nbstream."""


class ToolRunner:
    """Runs the tool calls of one reply. All methods must be called on one and the same event loop.

    Args:
        toolbox: The tools that may be called.
        approve: Decides which calls may run; `"ask"` has the user decide on the page, `None` lets every call run.
        functions: Runs the functions that are not async, on the main thread.
        clock: Returns the seconds of a monotonic clock.
        transcript: Receives the results, in its latest turn.
        changed: Called after every change of the transcript.
        describe: Describes a result for the pages.
        always_run: The names of the tools whose calls the user need not be asked about any more. All replies of a
            chat share them, and they end with it.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        approve: Approve | str | None,
        functions: FunctionRunner,
        clock: Callable[[], float],
        transcript: Transcript,
        changed: Callable[[], None],
        *,
        describe: Callable[[CallResult], Mapping[str, Any]] = describe_call_result,
        always_run: set[str] | None = None,
    ) -> None:
        self._toolbox = toolbox
        self._functions = functions
        self._clock = clock
        self._transcript = transcript
        self._changed = changed
        self._describe = describe
        self._approvals = Approvals(approve, functions, set() if always_run is None else always_run)
        self._states: dict[str, CallState | None] = {}

    def runnable(self, blocks: list[Block]) -> list[Block]:
        """Return the calls among these blocks; return none if one of them is not answered here."""
        calls = [block for block in blocks if block.type == "tool_use"]
        return calls if all(self._toolbox.handles(str(call.param.get("name"))) for call in calls) else []

    async def run(self, calls: list[Block]) -> None:
        """Run calls at the same time, and add a result for each to the turn; cancelling this stops the calls."""
        self._states |= dict.fromkeys(map(_id, calls))
        await asyncio.gather(*(self._answer(call) for call in calls))

    def approve(self, call: str, is_allowed: bool, *, always: bool = False) -> None:
        """Pass on the user's decision about a call.

        Args:
            call: The API's id of the call.
            is_allowed: Whether it may run.
            always: Whether all other calls of the same tool may run too, those that wait for a decision and later
                ones.
        """
        self._approvals.decide(call, is_allowed, always=always)

    def stop(self) -> None:
        """Give up the calls that still run: the reply has ended and cannot use their results."""
        for call in sorted(call for call, state in self._states.items() if state not in FINAL_CALL_STATES):
            self._set_state(call, "stopped")

    async def _answer(self, block: Block) -> None:
        call, name = _id(block), str(block.param.get("name"))
        try:
            tool, arguments = self._toolbox.get(name), block.arguments()
            if tool is None:
                raise LookupError(f"there is no tool named {name!r}")
            if not isinstance(arguments, dict):
                raise ValueError("the arguments are not a JSON object")
            if not await self._approvals.allow(call, name, arguments, lambda: self._set_state(call, "asking")):
                self._finish(CallResult(call, "refused", REFUSED_TEXT))
                return
            result = await self._run(call, tool, arguments)
            if result.is_complete:
                self._finish(CallResult(call, "done", result.content, result.preview))
            else:
                self._finish(CallResult(call, "failed", text_only(result.content)))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # This task was not cancelled. So the function cancelled itself, or the loop of the cell on which the
            # function ran has ended.
            self._finish(CallResult(call, "failed", "The call was cancelled."))
        except Exception as error:
            log.debug("tool %.200r failed", name, exc_info=True)
            record_failure(error)
            self._finish(failed_call_result(call, error))

    async def _run(self, call: str, tool: Tool, arguments: dict[str, Any]) -> ToolResult:
        """Run a tool, and convert its value on the main thread or a worker thread, never on this event loop."""
        if inspect.iscoroutinefunction(tool.call):
            self._set_state(call, "running")
            value = await self._functions.await_on_cell_loop(lambda: tool.call(arguments))
            return await self._convert(value)

        def call_and_convert() -> tuple[Any, ToolResult | None]:
            value = tool.call(arguments)
            is_async = inspect.isawaitable(value) or isinstance(value, AsyncIterator)
            return (value, None) if is_async else (None, result_of(read_items(value)))

        self._set_state(call, "queued")
        # The main thread calls `began`, so `began` hands the change of state over to this loop's thread.
        began = partial(asyncio.get_running_loop().call_soon_threadsafe, self._set_state, call, "running")
        returned: tuple[Any, ToolResult | None] = await self._functions.run(call_and_convert, began)
        value, result = returned
        if result is None:
            if inspect.isawaitable(value):
                value = await self._functions.await_on_cell_loop(lambda: value)
            return await self._convert(value)
        return result

    async def _convert(self, value: object) -> ToolResult:
        if isinstance(value, AsyncIterator):
            value = await self._functions.await_on_cell_loop(partial(read_async_items, value))
        return await asyncio.to_thread(lambda: result_of(read_items(value)))

    def _set_state(self, call: str, state: CallState) -> None:
        before = self._states.get(call)
        if before in FINAL_CALL_STATES:
            # A stop or a failure ended the call before this change. By now another turn may be the latest one, so
            # the change is ignored.
            return
        if state not in CALL_TRANSITIONS[before]:
            raise IllegalCallTransitionError(f"call {call}: {before} → {state}")
        self._states[call] = state
        self._transcript.transition_call(call, state, self._clock())
        self._changed()

    def _finish(self, result: CallResult) -> None:
        if self._states.get(result.call) in FINAL_CALL_STATES:
            return
        self._transcript.add_blocks([result.to_param()], self._clock(), [self._describe(result)])
        self._set_state(result.call, result.state)


def _id(call: Block) -> str:
    return str(call.param.get("id"))
