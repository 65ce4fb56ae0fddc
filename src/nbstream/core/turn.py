"""Parts of a conversation: turns and their blocks. `transcript.py` changes them; `reply.py` has a turn's reply."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .ops import CallState, Role
from .reply import Reply
from .required_fields import complete_citations

TEXT_FIELD = {"text": "text", "thinking": "thinking"}
"""The field that has a block's streamed text in the Messages API, by the type of the block.

Calls are not listed here: the text of a call is the JSON of its arguments.
"""

THINKING_TYPES = frozenset({"thinking", "redacted_thinking"})
"""The types of the blocks that hold thinking."""

INVALID_JSON_KEY = "INVALID_JSON"
"""The key under which Claude gets back arguments that are not a JSON object. The API accepts only an object, and
its documentation wraps such arguments in this way."""


def is_call(type_: str) -> bool:
    """Return whether blocks of this type call a tool: one of the user, of the API or of an MCP server."""
    return type_.endswith("tool_use")


OTHER_TYPES = frozenset({"redacted_thinking", "image", "document", "search_result", "container_upload"})
"""Known types of blocks beside texts, calls and results."""


def is_known(type_: str) -> bool:
    """Return whether this version knows blocks of this type. Others are sent back exactly as they came."""
    return type_ in TEXT_FIELD or type_ in OTHER_TYPES or is_call(type_) or type_.endswith("tool_result")


class TableText(str):
    """Text that nbstream made of a data frame. It is sent like any other text.

    The Messages API has no field for this fact, so the text's type carries it: a chat that gets the messages of
    another chat shows the table as a table again.
    """

    __slots__ = ()


@dataclass(slots=True)
class Block:
    """One part of a turn.

    Attributes:
        type: The Messages API's name for the kind of block.
        param: The block in the API's form, without its streamed text. It never leaves the kernel.
        parts: The text, in the pieces that arrived.
        is_closed: The block is complete; a block that broke off never is.
        data: The data that pages got beside the text when the block began; see `block_info.py`.
        opened_at: The kernel's clock when the block began, in seconds.
        closed_at: The kernel's clock when the block ended, in seconds.
    """

    type: str
    param: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    is_closed: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    opened_at: float = 0.0
    closed_at: float = 0.0

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    @property
    def is_empty_text(self) -> bool:
        """Whether this is a text block without any text."""
        return self.type == "text" and not any(self.parts)

    @property
    def is_table(self) -> bool:
        """Whether the text was made of a data frame."""
        return self.data.get("markdown") is True

    @property
    def is_typed(self) -> bool:
        """Whether a user has written this block, which is then text and no table."""
        return self.type == "text" and not self.is_table

    def to_param(self) -> dict[str, Any]:
        """Return the block in the API's form."""
        if not is_known(self.type):
            return {"type": self.type, **self.param}
        param = {key: value for key, value in self.param.items() if value is not None}
        if self.type in TEXT_FIELD:
            citations = complete_citations(param.pop("citations", None))
            param |= {"citations": citations} if citations and self.type == "text" else {}
            param[TEXT_FIELD[self.type]] = TableText(self.text) if self.is_table else self.text
        elif is_call(self.type) and self.is_closed:
            arguments = self.arguments()
            param["input"] = {INVALID_JSON_KEY: self.text} if arguments is None else arguments
        return {"type": self.type, **param}

    def arguments(self) -> dict[str, Any] | None:
        """Return the arguments of a call; `None` while they are incomplete or where they are not a JSON object."""
        try:
            arguments = json.loads(self.text or "{}") if self.is_closed else None
        except ValueError:
            return None
        return arguments if isinstance(arguments, dict) else None

    @classmethod
    def split(cls, content: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
        """Split a block in the API's form into its type, the other fields, and its text."""
        rest = dict(content)
        type_ = str(rest.pop("type"))
        if type_ in TEXT_FIELD:
            # Some gateways send null for an empty text.
            text = rest.pop(TEXT_FIELD[type_], None)
            return type_, rest, "" if text is None else text if isinstance(text, str) else str(text)
        if is_call(type_):
            arguments = rest.pop("input", None)
            return type_, rest, json.dumps(arguments, ensure_ascii=False) if arguments else ""
        return type_, rest, ""


@dataclass(slots=True)
class Turn:
    """One speaker's contribution.

    Attributes:
        id: The turn's id in this conversation.
        role: The speaker.
        after: The id of the turn before it; empty for the first turn. Turns after the same turn are versions of
            each other.
        blocks: The turn's blocks.
        reply: The state of the reply, if this conversation has requested it.
        continuations: For each continuation of an ended reply, the number of blocks before the continuation.
        summarizes: The id of the last turn of the conversation that this turn asks a summary of; empty for others.
        calls: The changes of state of the tool calls, in order: the API's id of the call, the state, and the
            kernel's clock in seconds.
    """

    id: str
    role: Role
    after: str = ""
    blocks: list[Block] = field(default_factory=list)
    reply: Reply | None = None
    continuations: list[int] = field(default_factory=list)
    calls: list[tuple[str, CallState, float]] = field(default_factory=list)
    summarizes: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the reply ended with the stop reason "refusal"."""
        return self.reply is not None and self.reply.stop_reason == "refusal"

    @property
    def is_left_out(self) -> bool:
        """Whether the API refused the request for this reply, so that its question is not sent again."""
        return self.reply is not None and self.reply.is_left_out

    @property
    def has_answer(self) -> bool:
        """Whether the turn has anything of an answer: text that is not blank, or the result of a call."""
        return bool(self.text().strip()) or any(block.type == "tool_result" for block in self.blocks)

    def continued_block(self, index: int) -> int | None:
        """Return the index of the text block that the block at `index` continues; `None` if it continues none.

        One rule decides it. The API cuts the text of an answer into blocks where citations begin and end, so a
        text block continues the text block right before it. The first text after a Continue continues the last
        text before it, even with thinking in between, because the answer may have ended inside a word. Empty text
        blocks, such as those of an attempt that failed before its first text, do not count. Every other
        text block begins a document of its own: one after a tool's call or result, one after thinking, and each
        text block of a user, who passed it as one part.
        """
        if self.role != "assistant" or self.blocks[index].type != "text":
            return None
        before = index - 1
        is_parted = False
        while before >= 0 and ((block := self.blocks[before]).type in THINKING_TYPES or block.is_empty_text):
            is_parted = is_parted or block.type in THINKING_TYPES
            before -= 1
        if before < 0 or self.blocks[before].type != "text":
            return None
        is_continuation = any(before < seam <= index for seam in self.continuations)
        return before if not is_parted or is_continuation else None

    def document_start(self, index: int) -> int:
        """Return the index of the first block of the document that the block at `index` belongs to."""
        while (before := self.continued_block(index)) is not None:
            index = before
        return index

    def documents(self, type: str = "text", first_block: int = 0) -> list[str]:  # noqa: A002  the API's word
        """Return the texts of the blocks of one type, with blocks that continue each other joined; none is empty.

        Args:
            type: The type of the blocks.
            first_block: The index of the first block whose text counts.
        """
        documents: list[list[str]] = []
        for index, block in enumerate(self.blocks):
            if block.type != type or index < first_block:
                continue
            if not documents or self.continued_block(index) is None:
                documents.append([])
            documents[-1] += block.parts
        return [text for pieces in documents if (text := "".join(pieces))]

    def text(self, type: str = "text", first_block: int = 0) -> str:  # noqa: A002  the API's word
        """Return `documents` as one text, with a blank line between them."""
        return join_documents(self.documents(type, first_block))


def find_question(turns: Iterable[Turn], turn_id: str | None) -> Turn | None:
    """Return the user's turn with this id; `None` if there is none."""
    return next((turn for turn in turns if turn.id == turn_id and turn.role == "user"), None)


def missing_line_ends(before: str) -> str:
    """Return the line ends between the text `before` and the next document that make a blank line there."""
    if not before or before.endswith("\n\n"):
        return ""
    return "\n" if before.endswith("\n") else "\n\n"


def join_documents(documents: Iterable[str]) -> str:
    """Join documents into one text, with a blank line between them."""
    pieces: list[str] = []
    tail = ""
    for document in documents:
        pieces += [missing_line_ends(tail), document]
        tail = (tail + document)[-2:]
    return "".join(pieces)
