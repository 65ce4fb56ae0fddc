"""A conversation that is written anew from the records of its turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ops import Status
from ..transcript import Transcript
from ..turn import Block, Turn
from .turn_records import RecordedTurn


def restore_turns(transcript: Transcript, turns: Sequence[RecordedTurn], now: float) -> None:
    """Write recorded turns to an empty transcript, so that it shows what the recorded one showed.

    Args:
        transcript: The transcript.
        turns: The turns.
        now: The kernel's clock, in seconds. The replies end at this time.
    """
    order = {"": -1}
    for index, recorded in enumerate(turns):
        order[recorded.turn.id] = index
        _show(transcript, recorded.turn.after)
        _write_turn(transcript, recorded.turn, now)
    # To show a turn changes which versions of the turns before it are shown, so those are chosen after it.
    shown = sorted((r.turn for r in turns if r.is_shown), key=lambda turn: order[turn.after], reverse=True)
    for turn in shown:
        if transcript.tree.next_turns[turn.after].id != turn.id:
            _show(transcript, turn.after)
            transcript.select_version(turn.id)


def _show(transcript: Transcript, turn_id: str) -> None:
    """Show a turn, by selecting the versions that lead to it."""
    if not turn_id or (transcript.turns and transcript.turns[-1].id == turn_id):
        return
    befores = {turn.id: turn.after for turn in transcript.tree.versions}
    in_sight = {turn.id for turn in transcript.turns}
    hidden: list[str] = []
    while turn_id and turn_id not in in_sight:
        hidden.append(turn_id)
        turn_id = befores[turn_id]
    for version in reversed(hidden):
        transcript.select_version(version)


def _write_turn(transcript: Transcript, turn: Turn, now: float) -> None:
    if turn.reply is None:
        transcript.open_turn(turn.role, turn.after).summarizes = turn.summarizes
        for block in turn.blocks:
            _write_block(transcript, block, now)
        return
    reply = turn.reply
    began = now - (reply.ended or 0.0)
    opened = transcript.open_reply(began, turn.after)
    for index in range(len(turn.blocks) + 1):
        for _ in _seams_at(turn, index):
            transcript.transition(Status.STOPPED, began)
            transcript.reopen_reply(began, is_continuation=True)
        if index < len(turn.blocks):
            _write_block(transcript, turn.blocks[index], began)
    for call, state, at in turn.calls:
        transcript.transition_call(call, state, began + at)
    if reply.first_text_at is not None:
        transcript.transition(Status.STREAMING, began + reply.first_text_at)
    transcript.transition(
        reply.status,
        now,
        stop_reason=reply.stop_reason,
        usage=reply.usage,
        error=reply.error,
        cost=reply.cost,
        is_left_out=reply.is_left_out,
        cause=reply.cause,
        context_percent=reply.context_percent,
    )
    assert opened.reply is not None
    opened.reply.message, opened.reply.container = reply.message, reply.container


def _seams_at(turn: Turn, index: int) -> Iterator[int]:
    return (seam for seam in turn.continuations if seam == index)


def _write_block(transcript: Transcript, block: Block, began: float) -> None:
    transcript.append_block(Block(block.type, block.param), began + block.opened_at, block.data)
    transcript.add_text(block.text)
    transcript.close_block(began + block.closed_at, is_complete=block.is_closed)
