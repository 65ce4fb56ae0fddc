"""The notebook's variables for the pages of one chat: lists of them, and their values for a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..content.blocks import ContentBlock
from ..core.codec import to_wire
from ..core.command_frames import Prompt
from ..core.variable_frames import ListVariables, Refusal, Variables
from ..kernel.function_runner import FunctionRunner
from ..kernel.main_thread import MainThread
from ..variables.blocks import variable_blocks
from ..variables.listing import list_variables
from ..variables.namespace import notebook_variables


class PageVariables:
    """Answers pages that ask for variables, and reads the values that a user sends.

    Both happen on the main thread. So a kernel that is busy with a cell does not answer, and pages then offer no
    variables: they may change at every moment. A cell that waits for a reply answers.

    Args:
        main_thread: The queue of the main thread.
        functions: Runs the chat's functions on the main thread.
        send: Sends one frame to all pages.
    """

    def __init__(
        self, main_thread: MainThread, functions: FunctionRunner, send: Callable[[dict[str, Any]], None]
    ) -> None:
        self._main_thread = main_thread
        self._functions = functions
        self._send = send

    def answer(self, request: ListVariables) -> None:
        """Send a page the variables that it asks for, when the main thread has time."""
        self._main_thread.post(partial(self._list_now, request))

    def refuse_missing(self, prompt: Prompt) -> bool:
        """Tell the page if variables of its message do not exist any more, and return whether this is so."""
        missing = _missing(prompt.variables)
        if missing:
            self._send(to_wire(Refusal(prompt.page, prompt.key, _say_missing(missing))))
        return bool(missing)

    async def read(self, names: Sequence[str]) -> list[ContentBlock]:
        """Read the values of variables on the main thread; cancelling this call interrupts it.

        Raises:
            ValueError: A variable does not exist any more, or Claude does not take its value.
        """
        blocks: list[ContentBlock] = await self._functions.run(partial(_read_now, names))
        return blocks

    def _list_now(self, request: ListVariables) -> None:
        found = list_variables(request.text, notebook_variables())
        self._send(to_wire(Variables(request.page, request.key, found.names, found.types, found.more)))


def _missing(names: Sequence[str]) -> list[str]:
    variables = notebook_variables() if names else {}
    return [name for name in names if name not in variables]


def _say_missing(names: Sequence[str]) -> str:
    listed = ", ".join(names)
    if len(names) == 1:
        return f"There is no variable {listed} any more. Remove it from the message, or run its cell again."
    return f"There are no variables {listed} any more. Remove them from the message, or run their cells again."


def _read_now(names: Sequence[str]) -> list[ContentBlock]:
    if missing := _missing(names):
        raise ValueError(_say_missing(missing))
    variables = notebook_variables()
    return [block for name in names for block in variable_blocks(name, variables[name])]
