"""Approvals of tool calls: a function decides which calls may run, or the user does by buttons on the page."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..kernel.function_runner import FunctionRunner
from ..kernel.host import Host, current_host

Approve = Callable[[str, Mapping[str, Any]], Any]
"""Function of a tool's name and arguments that decides whether a call may run; it may be sync or async."""


def validate_approve(approve: object) -> Approve | str | None:
    """Check the value that `nbstream.chat` was given as `approve`.

    Raises:
        TypeError: The value is neither a function nor `"ask"` nor `None`.
        ValueError: The value is `"ask"`, and there is no page on which the user could be asked.
    """
    if approve is None or callable(approve):
        return approve
    if approve != "ask":
        raise TypeError(f'approve is {approve!r:.60}; pass "ask", or a function of a tool\'s name and arguments.')
    if not current_host().facts.has_buttons:
        raise ValueError(
            'approve="ask" needs a page with buttons, and this host has none; pass a function instead.'
        )
    return "ask"


def check_may_ask(approve: Approve | str | None, host: Host) -> None:
    """Check that the user can be asked while a cell waits for a reply.

    Raises:
        RuntimeError: `approve` is `"ask"`, and no page is there before the cell has ended.
    """
    if approve == "ask" and host.is_before_pages:
        raise RuntimeError(
            'The cell would wait for ever: approve="ask" needs a page with buttons, and Voilà shows it only '
            "after all cells have run. Write wait=False, or pass a function as approve."
        )


class Approvals:
    """Decides which calls of one reply may run. All methods must be called on one and the same event loop.

    Args:
        approve: A function that decides; `"ask"` has the user decide on the page, `None` lets every call run.
        functions: Runs the function that decides.
        always_run: The names of the tools whose calls the user need not be asked about any more. More are added.
    """

    def __init__(self, approve: Approve | str | None, functions: FunctionRunner, always_run: set[str]) -> None:
        self._approve = approve
        self._functions = functions
        self._always_run = always_run
        # For the id of each call that the user is asked about, its tool and the decision.
        self._questions: dict[str, tuple[str, asyncio.Future[bool]]] = {}

    async def allow(self, call: str, name: str, arguments: Mapping[str, Any], ask: Callable[[], None]) -> bool:
        """Return whether a call may run, once that is decided.

        Args:
            call: The API's id of the call.
            name: The name of the tool.
            arguments: The arguments of the call.
            ask: Called if the user is to decide, before the decision is awaited.
        """
        approve = self._approve
        if approve is None:
            return True
        if callable(approve):
            return await self._ask_function(approve, name, arguments)
        if name in self._always_run:
            return True
        decision: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._questions[call] = name, decision
        ask()
        try:
            return await decision
        finally:
            del self._questions[call]

    def decide(self, call: str, is_allowed: bool, *, always: bool = False) -> None:
        """Pass on the user's decision; see `ToolRunner.approve`."""
        tool, decision = self._questions.get(call, ("", None))
        if decision is None or decision.done():
            return
        decision.set_result(is_allowed)
        if always and is_allowed:
            self._always_run.add(tool)
            for other, undecided in self._questions.values():
                if other == tool and not undecided.done():
                    undecided.set_result(True)

    async def _ask_function(self, approve: Approve, name: str, arguments: Mapping[str, Any]) -> bool:
        if inspect.iscoroutinefunction(approve):
            return bool(await self._functions.await_on_cell_loop(lambda: approve(name, arguments)))
        decided = await self._functions.run(lambda: approve(name, arguments))
        return bool(
            await self._functions.await_on_cell_loop(lambda: decided) if inspect.isawaitable(decided) else decided
        )
