"""What a conversation is made of: turns, their blocks, and how a reply stands. `transcript.py` writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .ops import Role, Status

RUNNING = frozenset({Status.WAITING, Status.STREAMING})

TEXT_FIELD = {"text": "text", "thinking": "thinking"}
"""Where the streamed text of a block stands in the Messages API's own form of it.

The text of a call is the JSON of its arguments.
"""

END_NOTES: Mapping[str, str] = {
    "max_tokens": "The answer reached max_tokens and breaks off here.",
    "model_context_window_exceeded": "The conversation has filled the model's context window.",
    "refusal": (
        "Claude declined to go on with this. Your message and what came of the answer are left out of what is "
        "sent next."
    ),
    "user": "You stopped the answer here.",
    "interrupt": "The kernel was interrupted; the answer stopped here.",
    "closed": "The chat was closed, so the answer was stopped.",
    "abandoned": "No page showed this answer for a while, so it was stopped.",
    "budget": "The chat has spent its budget, so the answer was stopped.",
    "rounds": "Claude has gone on with the results of its calls as often as one answer may, so it was stopped.",
}
"""The sentence under a reply which ended early, by its stop reason. Other ends need no explanation."""

INVALID_JSON_KEY = "INVALID_JSON"
"""The name under which Claude gets back arguments that are no JSON object; the API takes nothing but one, and its
documentation has them wrapped so."""


def is_call(type_: str) -> bool:
    """Whether blocks of this type call a tool: one of the reader's, a server's, or one behind MCP."""
    return type_.endswith("tool_use")


@dataclass(slots=True)
class Block:
    """One part of a turn.

    Attributes:
        type: The Messages API's name for the kind of block.
        param: The block as the API gave it or takes it, without its streamed text. It never leaves the kernel.
        parts: The text, in the pieces that came.
        closed: Nothing more will come.
    """

    type: str
    param: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    is_closed: bool = False

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    def to_param(self) -> dict[str, Any]:
        """The block as the API takes it."""
        param = {key: value for key, value in self.param.items() if value is not None}
        if self.type in TEXT_FIELD:
            param[TEXT_FIELD[self.type]] = self.text
        elif is_call(self.type) and self.is_closed:
            arguments = self.arguments()
            param["input"] = {INVALID_JSON_KEY: self.text} if arguments is None else arguments
        return {"type": self.type, **param}

    def arguments(self) -> dict[str, Any] | None:
        """The arguments of a call; `None` while they have not all come, and where they are no JSON object."""
        try:
            arguments = json.loads(self.text or "{}") if self.is_closed else None
        except ValueError:
            return None
        return arguments if isinstance(arguments, dict) else None

    @classmethod
    def split(cls, content: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
        """A block as the API has it, taken apart: its type, the rest, and its text."""
        rest = dict(content)
        type_ = str(rest.pop("type"))
        if type_ in TEXT_FIELD:
            return type_, rest, str(rest.pop(TEXT_FIELD[type_], ""))
        if is_call(type_):
            arguments = rest.pop("input", None)
            return type_, rest, json.dumps(arguments, ensure_ascii=False) if arguments else ""
        return type_, rest, ""


@dataclass(slots=True)
class Reply:
    """How an assistant turn stands.

    Attributes:
        status: One of the states that `transcript.TRANSITIONS` connects.
        began: The kernel's clock when it was asked for, in seconds.
        ended: The same when it ended.
        stop_reason: The API's or ours; `None` before the end and after a failure.
        usage: The API's token counts of all its requests, as far as they came.
        error: One sentence about the failure.
        note: One sentence about an early end that is no failure; one of `END_NOTES`.
        spent: The part of `usage` that earlier requests for this reply have used.
        message: The API's latest message of it, without its content.
    """

    status: Status = Status.WAITING
    began: float = 0.0
    ended: float | None = None
    stop_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    note: str | None = None
    earlier_usage: dict[str, Any] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """One speaker's contribution.

    Attributes:
        id: Its name among the turns of this conversation.
        role: Who speaks.
        after: The turn that it follows; empty for the first. Turns after the same one are its versions.
        blocks: Its parts.
        reply: How it stands, if it was asked for here.
        seams: How many blocks stood each time the ended reply was asked to go on.
    """

    id: str
    role: Role
    after: str = ""
    blocks: list[Block] = field(default_factory=list)
    reply: Reply | None = None
    continuations: list[int] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """The API declined to go on with this."""
        return self.reply is not None and self.reply.stop_reason == "refusal"

    def text(self, type: str = "text") -> str:  # noqa: A002  the API's word
        """The text of all blocks of one type."""
        return "".join(block.text for block in self.blocks if block.type == type)


def sum_usage(before: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of two requests, those inside of counts too; what is no count is the later one's."""
    total = {**before, **usage}
    for name, value in before.items():
        other = usage.get(name)
        if other is None:
            total[name] = value
        elif isinstance(value, Mapping) and isinstance(other, Mapping):
            total[name] = sum_usage(value, other)
        elif isinstance(value, int) and isinstance(other, int):
            total[name] = value + other
    return total
