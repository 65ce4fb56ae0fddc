"""Checked arguments from which `nbstream.chat` makes the widget, and the widget as its session sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..conversation.reply_limits import ReplyLimits
from ..tools.calls import Approve
from ..tools.toolbox import Toolbox
from .files.autosave import ChatFile
from .files.saved_chat import SavedChat
from .outputs.output import Bundle


@dataclass(frozen=True)
class ChatArguments:
    """Everything that a chat is made from.

    Attributes:
        client: The async client, or `None` for the one that the environment describes.
        defaults: The fields that every request sends.
        messages: Earlier turns, as the Messages API takes them.
        budget: US dollars that the chat may spend; `None` for no limit.
        toolbox: The user's functions.
        approve: Decides which calls may run.
        limits: The limits of each reply.
        suggestions: Messages that the user of an empty conversation can send with one press.
        saved: An earlier conversation that was read from a file, in place of `messages`.
        file: The file that is written after each turn.
    """

    client: Any
    defaults: Mapping[str, Any]
    messages: Iterable[Mapping[str, Any]] = ()
    budget: float | None = None
    toolbox: Toolbox | None = None
    approve: Approve | str | None = None
    limits: ReplyLimits | None = None
    suggestions: Sequence[str] = ()
    saved: SavedChat | None = None
    file: ChatFile | None = None

    @classmethod
    def checked(cls, value: object) -> ChatArguments:
        """Return `value`, and refuse anything else: users try `nbstream.Chat("…")` for `nbstream.chat("…")`.

        Raises:
            TypeError: `value` is anything else.
        """
        if not isinstance(value, cls):
            raise TypeError(
                "nbstream.Chat is the class of chats, and nbstream.chat makes them: write "
                'nbstream.chat("…"), with a small c.'
            )
        return value


@dataclass(frozen=True)
class WidgetLink:
    """The parts of the widget that its session uses.

    Attributes:
        model_id: The id of the widget's model and of its comm.
        send: Sends one frame to all pages.
        bundle: Builds the MIME bundle that shows the widget live.
        set_cell: Tells pages the id of the cell with the chat's latest output.
        mark_used: Makes the widget the value of `nbstream.last`.
        close: Closes the widget.
    """

    model_id: str
    send: Callable[[dict[str, Any]], None]
    bundle: Callable[[], Bundle | None]
    set_cell: Callable[[str], None]
    mark_used: Callable[[], None]
    close: Callable[[], None]
