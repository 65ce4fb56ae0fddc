"""Questions whether tool calls may run, in a console, which shows no buttons. The user answers at its prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...conversation.reply.run import ReplyRun
from ...core.control_characters import escape_controls

YES = ("y", "yes")


class ConsoleApproval:
    """Asks about the calls of one reply that wait for the user's decision.

    Args:
        run: The reply.
        decide: Passes a decision on to the reply: the API's id of the call, and whether it may run.
        read: Reads the user's answer to a question, as `input` does.
        write: Prints text.
    """

    def __init__(
        self,
        run: ReplyRun,
        decide: Callable[[str, bool], object],
        read: Callable[[str], str],
        write: Callable[[str], object],
    ) -> None:
        self._run = run
        self._decide = decide
        self._read = read
        self._write = write
        self._asked: set[str] = set()

    def tick(self) -> None:
        """Ask about each call that waits. Called at every wake-up of the cell, on its own thread.

        Raises:
            KeyboardInterrupt: The user has interrupted the kernel instead.
        """
        for call in list(self._waiting()):
            self._asked.add(call)
            try:
                may_run = self._read(f"\n{self._question(call)} [y/n] ").strip().lower() in YES
            except Exception as error:
                # The front end takes no input.
                self._write(
                    f"\nThe call is refused, because this front end cannot ask ({error}). Pass a function as "
                    "approve, which gets the tool's name and its arguments.\n"
                )
                may_run = False
            self._decide(call, may_run)

    def _waiting(self) -> Iterator[str]:
        states = {call: state for call, state, _ in list(self._run.turn.calls)}
        return (call for call, state in states.items() if state == "asking" and call not in self._asked)

    def _question(self, call: str) -> str:
        [block] = [block for block in self._run.turn.blocks if block.param.get("id") == call]
        # A terminal obeys control characters, and the arguments are Claude's.
        return escape_controls(f"May {block.param.get('name')} run with {block.text}?").replace("\n", " ")
