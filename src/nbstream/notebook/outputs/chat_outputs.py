"""All outputs of one chat: its own, those of widgets that hold it, and the line under a later cell that asked."""

from __future__ import annotations

from collections.abc import Callable

from ...conversation.conversation import Conversation
from ...kernel.host import Host
from .answer_link import AnswerLink
from .output import Bundle, Output


class ChatOutputs:
    """The outputs that show one chat.

    Args:
        host: The host.
        chat: The id of the chat's model.
        conversation: The chat's conversation.
        bundle: Builds the MIME bundle that shows the widget live.
        is_saved_by_page: Returns whether a page writes the notebook's file; `None` if no page has connected yet.

    Attributes:
        own: The outputs that show the chat alone.
        others: The outputs that show it beside other widgets.
    """

    def __init__(
        self,
        host: Host,
        chat: str,
        conversation: Conversation,
        bundle: Callable[[], Bundle | None],
        is_saved_by_page: Callable[[], bool | None],
    ) -> None:
        self._host = host
        self._conversation = conversation
        self._link = AnswerLink(host, chat)
        self.own = Output(host, {"chat": chat}, self._text, bundle, is_saved_by_page, lambda: conversation.running)
        self.others: list[Output] = []

    @property
    def is_shown(self) -> bool:
        """Whether the chat was shown somewhere."""
        return any(output.shown_in is not None for output in self._all)

    def show(self, plain: str, *, asked: bool) -> None:
        """Show the chat under the running cell, in place of another output of the same cell; see `Output.show`."""
        if self._host.has_cells:
            self._link.hide()
            self.own.show(plain, asked=asked)

    def show_again(self, plain: str) -> None:
        """Show the chat in place of everything that the running cell shows, such as text that was printed."""
        from IPython.display import clear_output

        clear_output(wait=True)  # type: ignore[no-untyped-call]
        self.own.show(plain, asked=True)

    def show_link(self) -> None:
        """Show under the running cell where the answer is, if another cell shows the chat."""
        self._link.show(self._all)
        self.settle_link()

    def settle_link(self) -> None:
        """Say under the cell that asked whether the latest reply has failed."""
        run = self._conversation.run
        if run is not None and not self._conversation.running:
            self._link.reply_ended(run.error)

    def page_connected(self) -> None:
        """Leave the text in the outputs for which `finalize` waits for a page; see `Output.page_connected`."""
        for output in self._all:
            output.page_connected()

    def finalize(self, *, keeps_view: bool = False) -> None:
        """Prepare the outputs for the notebook's file after a wait; see `Output.finalize`."""
        if self._host.has_cells:
            for output in self._all:
                output.finalize(keeps_view=keeps_view)

    @property
    def _all(self) -> list[Output]:
        return [self.own, *self.others]

    def _text(self, empty: str, is_plain_whole: bool) -> dict[str, str]:
        # The answer comes before its text in the file, which takes 50 ms to load.
        from ...core.saved.saved_output import saved_turns, to_output

        turns = saved_turns(self._conversation.transcript.turns)
        return to_output(turns, empty, is_plain_whole=is_plain_whole)
