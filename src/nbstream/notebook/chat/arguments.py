"""Checked arguments from which `nbstream.chat` makes the widget, and the widget as its session sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...conversation.model_menu import ModelMenu
from ...conversation.replies import NewToolRunner
from ...conversation.reply.limits import ReplyLimits
from ...kernel.event_loop import clock
from ...kernel.function_runner import FunctionRunner
from ...tools.approvals import Approve
from ...tools.calls import ToolRunner
from ...tools.toolbox import Toolbox
from ..files.autosave import ChatFile
from ..files.saved_chat import SavedChat, request_fields
from ..outputs.output import Bundle


@dataclass(frozen=True)
class MovedChat:
    """A chat of an earlier kernel, which a page still shows; see `continuation.py`.

    Attributes:
        model_id: The id of its widget's model.
        cell: The id of the cell that shows it.
        settings: Its `ChatArguments.settings`.
        refusal: Why no further question can be sent, in a sentence for the page; empty if it can.
    """

    model_id: str
    cell: str
    settings: Mapping[str, Any]
    refusal: str


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
        moved: The chat of an earlier kernel that this chat goes on from.
        show: Whether the chat is shown, or printed in a terminal, when it is made.
        menu: The models that the user can choose from.
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
    moved: MovedChat | None = None
    show: bool = True
    menu: ModelMenu = field(default_factory=ModelMenu)

    @property
    def settings(self) -> dict[str, Any]:
        """JSON-ready data from which a page can have the chat made again in another kernel."""
        if self.moved is not None:
            return dict(self.moved.settings)
        return {
            "request": json.loads(json.dumps(request_fields(self.defaults, self.menu.names), default=dict)),
            "budget": self.budget,
            "has_own_client": self.client is not None,
            # The working folder may be another one in the kernel that comes after this one.
            **({"file": str(self.file.path.absolute())} if self.file is not None else {}),
        }

    @property
    def cell(self) -> str:
        """The id of the cell that shows the chat before it is made; empty for a new chat."""
        return "" if self.moved is None else self.moved.cell

    def new_tool_runner(self, functions: FunctionRunner) -> NewToolRunner:
        """Return the function that makes the runner of each reply's tools; see `Conversation`."""
        if not self.toolbox:
            return lambda *_: None
        return partial(ToolRunner, self.toolbox, self.approve, functions, clock, always_run=set())

    def open_bill(self, _: object) -> None:
        """Refuse every question of a chat that cannot ask again; see `Conversation`.

        Raises:
            ValueError: The chat was moved here without something that it needs. The error is for the page.
        """
        if self.moved is not None and self.moved.refusal:
            raise ValueError(self.moved.refusal)

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
