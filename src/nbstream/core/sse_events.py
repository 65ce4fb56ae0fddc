"""A conversation's ops as the events of a stream over HTTP, for clients that know nothing of nbstream.

A client needs to know three: `{"text": …}` is more of the answer, `{"done": true, …}` its end and `{"error": …}`
its failure. All others are beside it: `{"thinking": …}`, `{"input": …}` (a call's arguments), `{"said": …}` (the
reader's own message), and every op that is no text, in its form on the wire, where only a message that waits has
its text under another name. So nothing is lost, and the page makes ops of events again: `js/src/core/events.ts`,
held to the same `tests/fixtures/sse_events.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from .codec import op_to_wire
from .ops import BlockOpened, Op, Queued, ReplyStatusChanged, Role, Status, TextAdded, TurnOpened
from .turn import TEXT_FIELD

Event: TypeAlias = dict[str, Any]

FINAL_STATUSES = frozenset({Status.DONE, Status.STOPPED})

LINE_END_ESCAPES = {"\x85": r"\u0085", "\u2028": r"\u2028", "\u2029": r"\u2029"}
"""What JSON leaves in a string, and what cuts lines in Python (`splitlines`, as in httpx's and requests'
`iter_lines`) takes for the end of one."""


class EventConverter:
    """Makes events of a log's ops, from its beginning or from a place in it.

    Args:
        before: The ops before that place.
    """

    def __init__(self, before: Iterable[Op] = ()) -> None:
        self._role: Role = "assistant"
        self._type = ""
        for op in before:
            self._track(op)

    def convert(self, ops: Iterable[Op], place: int) -> Iterator[tuple[int, Event]]:
        """The events of the ops that follow a place.

        Yields:
            The place after each event, and the event.
        """
        for op in ops:
            self._track(op)
            if isinstance(op, TextAdded):
                place += len(op.text)
                yield place, {self._text_key(): op.text}
            else:
                place += 1
                done = {"done": True} if isinstance(op, ReplyStatusChanged) and op.status in FINAL_STATUSES else {}
                event = {**done, **op_to_wire(op)}
                if isinstance(op, Queued):
                    # Who knows three keys would take the reader's words for Claude's.
                    event["message"] = event.pop("text")
                yield place, event

    def _text_key(self) -> str:
        return "said" if self._role == "user" else TEXT_FIELD.get(self._type, "input")

    def _track(self, op: Op) -> None:
        if isinstance(op, TurnOpened):
            self._role = op.role
        elif isinstance(op, BlockOpened):
            self._type = op.type


def encode_event(event: Event, event_id: str) -> bytes:
    """An event as it travels; `name` is what a client that lost its connection comes back with."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    for end, escape in LINE_END_ESCAPES.items():
        text = text.replace(end, escape)
    # What came in is mended there; should a half of a character get here all the same, its readers go on.
    return f"id: {event_id}\ndata: {text}\n\n".encode(errors="replace")
