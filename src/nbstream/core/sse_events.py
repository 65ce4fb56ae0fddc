"""Conversion of a conversation's ops to server-sent events, for clients that do not know nbstream.

A client needs to know three events: `{"text": …}` is more of the answer, `{"done": true, …}` is its end, and
`{"error": …}` is its failure. A client can ignore all others: `{"thinking": …}`, `{"input": …}` (the arguments of
a call), `{"said": …}` (the user's own message), and every other op in its form on the wire. Only a queued message
has its text under another key, `message`. No op is lost, and the page converts the events back to ops with
`js/src/core/sse-events.ts`. Both directions are tested with `tests/fixtures/sse_events.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias, assert_never

from .codec import op_to_wire
from .ops import (
    BlockClosed,
    BlockOpened,
    BlocksDropped,
    CallStatusChanged,
    ModelsOffered,
    NoticeChanged,
    Op,
    Queued,
    ReplyStatusChanged,
    Role,
    Stalled,
    Status,
    TextAdded,
    TurnOpened,
    Unqueued,
    VersionSelected,
)
from .turn import TEXT_FIELD

Event: TypeAlias = dict[str, Any]

FINAL_STATUSES = frozenset({Status.DONE, Status.STOPPED})

LINE_END_ESCAPES = {"\x85": r"\u0085", "\u2028": r"\u2028", "\u2029": r"\u2029"}
"""Characters that JSON does not escape in a string, but that Python's `splitlines` treats as the end of a line.
The `iter_lines` of httpx and requests use `splitlines`."""

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Kept, because `json.dumps` makes a new one for each event."""


class EventConverter:
    """Converts the ops of a log to events, from the log's beginning or from a later position.

    Args:
        before: The ops before that position.
    """

    def __init__(self, before: Iterable[Op] = ()) -> None:
        self._role: Role = "assistant"
        self._type = ""
        for op in before:
            self._track(op)

    def convert(self, ops: Iterable[Op], position: int) -> Iterator[tuple[int, Event]]:
        """Convert the ops that follow a position.

        Yields:
            The position after each event, and the event.
        """
        for op in ops:
            self._track(op)
            if isinstance(op, TextAdded):
                position += len(op.text)
                yield position, {self._text_key(): op.text}
            else:
                position += 1
                yield position, _to_event(op)

    def _text_key(self) -> str:
        return "said" if self._role != "assistant" else TEXT_FIELD.get(self._type, "input")

    def _track(self, op: Op) -> None:
        if isinstance(op, TurnOpened):
            self._role = op.role
        elif isinstance(op, BlockOpened):
            self._type = op.type


def _to_event(op: Op) -> Event:
    match op:
        case ReplyStatusChanged():
            done = {"done": True} if op.status in FINAL_STATUSES else {}
            return {**done, **op_to_wire(op)}
        case Queued():
            event = op_to_wire(op)
            # Under the key "text", a client that knows only the three events would take the user's message for a
            # part of Claude's answer.
            event["message"] = event.pop("text")
            return event
        case (
            TurnOpened()
            | VersionSelected()
            | BlockOpened()
            | TextAdded()
            | BlockClosed()
            | BlocksDropped()
            | Stalled()
            | CallStatusChanged()
            | Unqueued()
            | ModelsOffered()
            | NoticeChanged()
        ):
            return op_to_wire(op)
        case _:
            assert_never(op)


def encode_event(event: Event, event_id: str) -> bytes:
    """Encode an event for the stream.

    Args:
        event: The event.
        event_id: The id that a client sends to resume after this event.
    """
    text = _encoder.encode(event)
    for end, escape in LINE_END_ESCAPES.items():
        text = text.replace(end, escape)
    # Lone halves of characters are repaired where text comes in. If one gets here nevertheless, it is replaced, so
    # that the stream continues.
    return f"id: {event_id}\ndata: {text}\n\n".encode(errors="replace")
