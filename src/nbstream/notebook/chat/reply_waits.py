"""Waits for the reply of one chat, in the way of its host: block the cell, set it aside, await, or iterate."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from functools import partial

from ...conversation.conversation import Conversation
from ...kernel.event_loop import HostLoop, ReplyLoop, clock
from ...kernel.function_runner import FunctionRunner
from ...kernel.host import Host
from ...kernel.host_facts import AnswerDisplay
from ...kernel.interrupts import raising_interrupts
from ...tools.approvals import Approve, check_may_ask
from ..files.autosave import Autosave
from ..outputs.chat_outputs import ChatOutputs
from ..outputs.console import ConsolePrinter
from ..outputs.console_approval import ConsoleApproval
from ..suspension import suspend_until_end
from ..wait_loop import Stop
from ..waiting import aiter_text, await_end, block_until_end


class ReplyWaits:
    """Ways to wait for the running reply of a chat.

    Args:
        host: The host of this process.
        loop: The loop of the chat's replies.
        conversation: The chat's conversation.
        outputs: The chat's outputs, which are prepared for the notebook's file after each wait.
        autosave: Writes the chat's file, so that the caller finds it written.
        functions: Runs the functions of the reply's tools while the caller waits.
        approve: Decides which calls may run; the host must be able to ask for it.
        stop: Stops the reply, with a reason.
        hear_pages: Receives the messages of pages while the cell blocks the main thread.
        is_printed: Whether a host that draws no widgets prints the answer.
    """

    def __init__(
        self,
        host: Host,
        loop: ReplyLoop,
        conversation: Conversation,
        outputs: ChatOutputs,
        autosave: Autosave,
        functions: FunctionRunner,
        approve: Approve | str | None,
        *,
        stop: Stop,
        hear_pages: Callable[[], None],
        is_printed: bool,
    ) -> None:
        self._host = host
        self._loop = loop
        self._conversation = conversation
        self._outputs = outputs
        self._autosave = autosave
        self._functions = functions
        self._approve = approve
        self._stop = stop
        self._hear_pages = hear_pages
        self._is_printed = is_printed

    def check_may_wait(self) -> None:
        """Raise `RuntimeError`, with advice, where the caller must not wait."""
        self._loop.check_may_block()
        check_may_ask(self._approve, self._host)

    def wait(self, timeout_seconds: float | None = None, heading: str = "") -> None:
        """Block until the running reply has ended. In a browser that cannot set code aside, warn and return.

        Args:
            timeout_seconds: The longest wait; `None` waits as long as it takes.
            heading: Text above the answer where the answer is printed.

        Raises:
            RuntimeError: The caller must not wait here, or this process is a forked child of the chat's process.
            TimeoutError: The reply is still running after `timeout_seconds`.
            KeyboardInterrupt: The kernel was interrupted, and the reply has been stopped.
            Exception: The reply failed with this exception.
        """
        self._loop.check_process()
        self.check_may_wait()
        run, ended = self._conversation.run, self._conversation.ended
        if run is None or ended is None:
            return
        try:
            with self._autosave.written():
                self._wait_in_host(heading)(
                    run, ended, stop=self._stop, timeout_seconds=timeout_seconds, functions=self._functions
                )
        finally:
            self._outputs.finalize()

    async def wait_async(self) -> None:
        """Wait for the running reply without blocking the caller's loop. A cancelled wait stops the reply."""
        self._loop.check_process()
        run, ended = self._conversation.run, self._conversation.ended
        if run is None or ended is None:
            return
        check_may_ask(self._approve, self._host)
        try:
            with self._autosave.written():
                await await_end(run, ended, self._stop, self._functions, self._ask_in_console())
        finally:
            self._outputs.finalize()

    def aiter_text(self) -> AsyncIterator[str]:
        """Return an iterator over the text of the running reply, from the reply's beginning.

        Raises:
            RuntimeError: Nothing was asked yet, or this process is a fork of the chat's.
        """
        self._loop.check_process()
        run = self._conversation.run
        if run is None:
            raise RuntimeError("Nothing was asked yet. Write async for piece in chat.ask(…, wait=False).")
        return aiter_text(run, self._loop.call, self._stop, self._functions, self._ask_in_console())

    def _wait_in_host(self, heading: str) -> Callable[..., None]:
        display = self._host.facts.display if self._is_printed else None
        echo = sys.stdout.write if display is AnswerDisplay.PRINTED else None
        if echo is not None:
            echo(heading)
        if isinstance(self._loop, HostLoop):
            return partial(suspend_until_end, loop=self._loop, echo=echo)
        if display is not AnswerDisplay.WIDGET_OR_PRINTED:
            poll = self._poll_with(self._ask_in_console())
            return partial(block_until_end, poll=poll, echo=echo, call=self._loop.call)
        printer = ConsolePrinter(self._host, sys.stdout.write, partial(self._outputs.show_again, "…"), clock)
        if heading:
            printer.print(heading)
        poll = self._poll_with(self._ask_in_console(printer))
        hold = lambda: printer.is_open  # noqa: E731
        return partial(block_until_end, poll=poll, echo=printer.print, must_hold=hold, call=self._loop.call)

    def _poll_with(self, ask: Callable[[], None]) -> Callable[[], None]:
        def poll() -> None:
            self._hear_pages()
            ask()

        return poll

    def _ask_in_console(self, printer: ConsolePrinter | None = None) -> Callable[[], None]:
        """Return what a waiting cell calls at every wake-up. In a console it asks about calls, at the prompt.

        Args:
            printer: Prints the answer; by default nothing is printed.
        """
        run = self._conversation.run
        is_console = self._host.facts.display is AnswerDisplay.WIDGET_OR_PRINTED
        if run is None or self._approve != "ask" or not is_console:
            return (lambda: None) if printer is None else printer.tick
        printer = printer or ConsolePrinter(self._host, sys.stdout.write, lambda: None, clock)
        approval = ConsoleApproval(run, partial(self._loop.call, run.approve), _read_answer, sys.stdout.write)

        def ask() -> None:
            printer.tick()
            if printer.is_printed:
                approval.tick()

        return ask


def _read_answer(question: str) -> str:
    with raising_interrupts():
        return input(question)
