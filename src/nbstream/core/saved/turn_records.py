"""JSON form of a conversation's turns, from which the same conversation can be made again.

Blocks are recorded as the API gave them, with everything that a later request sends back: signatures, citations,
containers and data. All versions of the turns are recorded, and which of them were shown last. Times are seconds
since the reply was requested, because the clock of one kernel means nothing in another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ..ops import CALL_STATES, END_CAUSES, FINAL_CALL_STATES, CallState, Role, Status
from ..reply import RUNNING, Reply
from ..short_repr import short_repr
from ..transcript import Transcript
from ..turn import Block, Turn

Record = dict[str, Any]

LOST_REPLY = "closed"
"""The stop reason of a reply that was still running when it was recorded. Its request ended with its kernel."""


class RecordError(ValueError):
    """A record is not one of a conversation."""


@dataclass(frozen=True)
class RecordedTurn:
    """A turn that was read from its record, complete and checked.

    Attributes:
        turn: The turn. Its times are seconds since its reply was requested.
        is_shown: Whether it is the version that was shown last.
    """

    turn: Turn
    is_shown: bool


def record_turns(transcript: Transcript) -> list[Record]:
    """Return the records of all turns, in the order in which they began."""
    shown = transcript.tree.next_turns
    return [_record_turn(turn, is_shown=shown.get(turn.after) is turn) for turn in list(transcript.tree.versions)]


def read_turns(records: object) -> list[RecordedTurn]:
    """Read the records of a conversation's turns.

    Raises:
        RecordError: The records are not those of a conversation. The error names the first faulty field.
    """
    turns: list[RecordedTurn] = []
    known = {""}
    for index, record in enumerate(_checked(records, list, "turns")):
        where = f"turns[{index}]"
        turn = _read_turn(_checked(record, dict, where), where)
        if turn.id != f"t{index + 1}" or turn.after not in known:
            raise RecordError(f"{where} has the id {turn.id!r} and follows {turn.after!r}")
        known.add(turn.id)
        turns.append(RecordedTurn(turn, _field(record, "is_shown", bool, where)))
    return turns


def _record_turn(turn: Turn, *, is_shown: bool) -> Record:
    reply = turn.reply
    record: Record = {"id": turn.id, "after": turn.after, "role": turn.role, "is_shown": is_shown}
    if turn.continuations:
        record["continuations"] = list(turn.continuations)
    if turn.summarizes:
        record["summarizes"] = turn.summarizes
    if reply is not None:
        record["reply"] = _record_reply(reply)
        if turn.calls:
            record["calls"] = [[call, state, round(at - reply.began, 3)] for call, state, at in turn.calls]
    record["blocks"] = [_record_block(block, reply.began if reply else block.opened_at) for block in turn.blocks]
    return record


def _record_block(block: Block, began: float) -> Record:
    record: Record = {"content": {"type": block.type, **block.param}, "text": block.text}
    if not block.is_closed:
        record["is_closed"] = False
    if block.data:
        record["data"] = dict(block.data)
    record["seconds"] = [round(at - began, 3) for at in (block.opened_at, block.closed_at or block.opened_at)]
    return record


def _record_reply(reply: Reply) -> Record:
    return {
        "status": str(reply.status),
        "stop_reason": reply.stop_reason,
        "error": reply.error,
        "is_left_out": reply.is_left_out,
        "cause": reply.cause,
        "context_percent": reply.context_percent,
        "usage": dict(reply.usage),
        "cost_usd": reply.cost,
        "message": dict(reply.message),
        "container": reply.container,
        "seconds": None if reply.ended is None else round(reply.ended - reply.began, 3),
        "first_text_seconds": (
            None if reply.first_text_at is None else round(reply.first_text_at - reply.began, 3)
        ),
    }


def _read_turn(record: Record, where: str) -> Turn:
    role = _field(record, "role", str, where)
    if role not in get_args(Role):
        raise RecordError(f"{where}.role is {short_repr(role, 60)}")
    blocks = enumerate(_field(record, "blocks", list, where))
    continuations = _field(record, "continuations", list, where, [])
    reply = _field(record, "reply", dict | None, where, None)
    return Turn(
        _field(record, "id", str, where),
        role,
        _field(record, "after", str, where),
        [_read_block(block, f"{where}.blocks[{index}]") for index, block in blocks],
        None if reply is None or role != "assistant" else _read_reply(reply, f"{where}.reply"),
        [_checked(seam, int, f"{where}.continuations") for seam in continuations],
        _read_calls(_field(record, "calls", list, where, []), f"{where}.calls"),
        _field(record, "summarizes", str, where, ""),
    )


def _read_calls(records: list[Any], where: str) -> list[tuple[str, CallState, float]]:
    """Read the changes of state of the calls. A call that had not ended has ended with its kernel."""
    calls: list[tuple[str, CallState, float]] = []
    latest: dict[str, CallState] = {}
    for record in records:
        if not isinstance(record, list) or len(record) != 3 or record[1] not in CALL_STATES:
            raise RecordError(f"{where} has {short_repr(record, 60)}")
        call, state = _checked(record[0], str, where), record[1]
        calls.append((call, state, float(_checked(record[2], int | float, where))))
        latest[call] = state
    lost = [call for call, state in latest.items() if state not in FINAL_CALL_STATES]
    return calls + [(call, "stopped", calls[-1][2]) for call in lost]


def _read_block(value: object, where: str) -> Block:
    record = _checked(value, dict, where)
    param = dict(_field(record, "content", dict, where))
    type_ = _checked(param.pop("type", None), str, f"{where}.content.type")
    text = _field(record, "text", str, where)
    seconds = _field(record, "seconds", list, where, [0, 0])
    opened, *ended = [float(_checked(at, int | float, f"{where}.seconds")) for at in seconds]
    if len(ended) != 1:
        raise RecordError(f"{where}.seconds is {short_repr(seconds, 60)}")
    return Block(
        type_,
        param,
        [text] if text else [],
        _field(record, "is_closed", bool, where, True),
        _field(record, "data", dict, where, {}),
        opened,
        ended[0],
    )


def _read_reply(record: Record, where: str) -> Reply:
    status = _field(record, "status", str, where)
    if status not in set(Status) - {Status.IDLE}:
        raise RecordError(f"{where}.status is {short_repr(status, 60)}")
    is_lost = Status(status) in RUNNING
    return Reply(
        status=Status.STOPPED if is_lost else Status(status),
        ended=float(_field(record, "seconds", int | float | None, where, None) or 0.0),
        stop_reason=LOST_REPLY if is_lost else _field(record, "stop_reason", str | None, where, None),
        usage=_field(record, "usage", dict, where, {}),
        error=_field(record, "error", str | None, where, None),
        message=_field(record, "message", dict, where, {}),
        container=_field(record, "container", dict | None, where, None),
        is_left_out=_field(record, "is_left_out", bool, where, False),
        cause=_read_cause(record, where),
        context_percent=_field(record, "context_percent", int | None, where, None),
        first_text_at=_field(record, "first_text_seconds", int | float | None, where, None),
        cost=_field(record, "cost_usd", int | float | None, where, None),
    )


def _read_cause(record: Record, where: str) -> Any:
    cause = record.get("cause")
    if cause is not None and cause not in END_CAUSES:
        raise RecordError(f"{where}.cause is {short_repr(cause, 60)}")
    return cause


def _field(record: Mapping[str, Any], name: str, kind: Any, where: str, default: object = ...) -> Any:
    if name not in record and default is not ...:
        return default
    return _checked(record.get(name), kind, f"{where}.{name}")


def _checked(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, kind):
        raise RecordError(f"{where} is {short_repr(value, 60)}")
    return value
