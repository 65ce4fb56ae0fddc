"""Frames with which the user asks something of the conversation; a part of `protocol.py`.

The twin on the page is `js/src/core/protocol.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True)
class Stop:
    """Page to kernel: the user pressed Stop on this reply. The command never stops a later reply."""

    tag: ClassVar[str] = "stop"
    page: str
    turn: str


@dataclass(frozen=True)
class File:
    """A file that the user pasted or dropped: its name, and its bytes as base64."""

    name: str
    data: str


@dataclass(frozen=True)
class Prompt:
    """Page to kernel: the user sent a message. While a reply runs, the message waits for the reply's end.

    Attributes:
        page: As in `Ack`.
        key: Distinguishes a repetition of this frame from a second message. The field is not called `id`, because
            ipykernel 7.4 treats a field of that name as a request of its own.
        text: The text that the user wrote.
        files: The files that the user pasted or dropped.
        edits: The id of an earlier turn of the user, if this message is an edited version of that turn. The text
            replaces the text that the user wrote in it, and its tables, images and files are kept. The new version
            gets a reply of its own.
        drops: The indices of the blocks of that earlier turn that are not kept.
        model: The model that the user has chosen, if the kernel has not confirmed the choice yet.
        variables: The names of the notebook's variables whose values go with the text.
    """

    tag: ClassVar[str] = "prompt"
    page: str
    key: str
    text: str
    files: tuple[File, ...] = ()
    edits: str | None = None
    drops: tuple[int, ...] = ()
    model: str | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class TurnCommand:
    """Page to kernel: a command for one turn. `key` is as in `Prompt`."""

    page: str
    key: str
    turn: str


class Retry(TurnCommand):
    """Page to kernel: ask for this reply again."""

    tag: ClassVar[str] = "retry"


class Continue(TurnCommand):
    """Page to kernel: continue this reply after the text that it has already."""

    tag: ClassVar[str] = "continue"


class Regenerate(TurnCommand):
    """Page to kernel: answer the question before this reply once more, as another version of the reply."""

    tag: ClassVar[str] = "regenerate"


class Summarize(TurnCommand):
    """Page to kernel: begin a new conversation with a summary of the one before this reply and its question."""

    tag: ClassVar[str] = "summarize"


class SelectVersion(TurnCommand):
    """Page to kernel: show this version of a turn, and continue the conversation from it."""

    tag: ClassVar[str] = "select_version"


@dataclass(frozen=True)
class SelectModel:
    """Page to kernel: ask this model for the next replies. `key` is as in `Prompt`."""

    tag: ClassVar[str] = "select_model"
    page: str
    key: str
    model: str


@dataclass(frozen=True)
class Approve:
    """Page to kernel: the user's decision whether this call of a tool may run. The first decision counts.

    Attributes:
        page: The page's id.
        call: The API's id of the call.
        run: Whether the call may run.
        always: Whether all further calls of this tool may run too, as long as the chat lives.
    """

    tag: ClassVar[str] = "approve"
    page: str
    call: str
    run: bool
    always: bool = False


@dataclass(frozen=True)
class QueueCommand:
    """Page to kernel: a command for the queued message with this key."""

    page: str
    key: str


class Withdraw(QueueCommand):
    """Page to kernel: do not send the queued message."""

    tag: ClassVar[str] = "withdraw"


class SendNow(QueueCommand):
    """Page to kernel: send the queued message now. The messages before it stay in the queue."""

    tag: ClassVar[str] = "send_now"


Command: TypeAlias = (
    Stop
    | Prompt
    | Retry
    | Continue
    | Regenerate
    | Summarize
    | SelectVersion
    | SelectModel
    | Approve
    | Withdraw
    | SendNow
)
"""A frame with which the user asks something of the conversation."""
