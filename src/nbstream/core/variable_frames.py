"""Frames about the notebook's variables, which a user can send with a message; a part of `protocol.py`.

The twin on the page is `js/src/core/variable-frames.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class ListVariables:
    """Page to kernel: send the variables with a text in their names, those that begin with it first.

    Attributes:
        page: As in `Ack`.
        key: As in `Prompt`. The answer has the same key.
        text: The text. The empty text is in all names.
    """

    tag: ClassVar[str] = "list_variables"
    page: str
    key: str
    text: str


@dataclass(frozen=True)
class Variables:
    """Kernel to page: the variables that the page asked for. Their values are not sent.

    Attributes:
        to: The page.
        key: As in `ListVariables`.
        names: The names.
        types: For each name, the type and the shape of the value in words.
        more: The number of further variables that are not in `names`.
    """

    tag: ClassVar[str] = "variables"
    to: str
    key: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True)
class Refusal:
    """Kernel to page: the message with this key was not taken, and can be sent again.

    Attributes:
        to: The page.
        key: The key of the `Prompt`.
        reason: The reason, in a sentence for the user.
    """

    tag: ClassVar[str] = "refusal"
    to: str
    key: str
    reason: str
