"""A conversation as it stands in a notebook's file, for whoever opens it without this kernel.

The twin on the page is `js/src/core/written.ts`; both are held to `tests/fixtures/saved_output.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .safe_markdown import as_code_block, make_safe
from .turn import RUNNING, Turn

UNFINISHED = "This answer was still being written when the notebook was saved."
EMPTY = "Nothing had been said in this chat when the notebook was saved."
ELSEWHERE = "This conversation stands in this notebook above."

SPEAKERS = {"user": "You", "assistant": "Claude"}

TIMES, ROOM = 3, 16_000
"""Bytes in the file at most: so many for each of the text, and this."""

LINE_OVERHEAD_BYTES = 14
"""Bytes that a line costs in a notebook's JSON beside its text: indentation, quotes, comma."""

SHORT_PLAIN_CHARS = 2_000
"""Characters of the plain form where the whole would be too much."""


@dataclass(frozen=True)
class SavedTurn:
    """One turn as it is written: who, what, and what a reader must be told of its end."""

    role: str
    text: str
    note: str = ""


def saved_turns(turns: Iterable[Turn]) -> list[SavedTurn]:
    """What is written of a conversation's turns."""
    return [SavedTurn(turn.role, turn.text(), _note(turn)) for turn in turns]


def to_output(turns: Sequence[SavedTurn], empty: str = EMPTY) -> dict[str, str]:
    """The conversation as the data of an output: safe Markdown, and the text itself for terminals.

    Args:
        turns: The conversation.
        empty: What is written where nothing was said.
    """
    turns = [turn for turn in turns if turn.text or turn.note]
    if not turns:
        return {"text/markdown": f"*{empty}*", "text/plain": empty}
    # One question and its answer: the question stands in the cell.
    alone = [turn.role for turn in turns] == ["user", "assistant"]
    turns = turns[1:] if alone else turns
    size = sum(_utf8_bytes(turn.text) for turn in turns)
    markdown = _join_turns(turns, make_safe, "**{}**", "*{}*", alone)
    if _json_bytes(markdown) > (TIMES - 1) * size + ROOM / 2:
        markdown = _join_turns(turns, as_code_block, "**{}**", "*{}*", alone)
    plain = _join_turns(turns, str, "{}:", "({})", alone)
    if _json_bytes(markdown) + _json_bytes(plain) > TIMES * size + ROOM:
        plain = plain[:SHORT_PLAIN_CHARS] + "…\n\n(The rest is in this output's Markdown.)"
    return {"text/markdown": markdown, "text/plain": plain}


def side_by_side(chats: Mapping[str, Sequence[SavedTurn]], empty: str = EMPTY) -> dict[str, str]:
    """Several conversations as the data of one output, each under its name."""
    each = {name: to_output(turns, empty) for name, turns in chats.items()}
    markdown = [f"{make_safe(f'**{name}**')}\n\n{data['text/markdown']}" for name, data in each.items()]
    plain = [f"{name}:\n\n{data['text/plain']}" for name, data in each.items()]
    return {"text/markdown": "\n\n".join(markdown), "text/plain": "\n\n".join(plain)}


def _note(turn: Turn) -> str:
    if turn.reply is None:
        return ""
    if turn.reply.status in RUNNING:
        return UNFINISHED
    return turn.reply.error or turn.reply.note or ""


def _join_turns(turns: Sequence[SavedTurn], form: Callable[[str], str], name: str, note: str, alone: bool) -> str:
    parts: list[str] = []
    for turn in turns:
        if not alone:
            parts.append(name.format(SPEAKERS[turn.role]))
        if turn.text:
            parts.append(form(turn.text).strip("\n"))
        if turn.note:
            told = note.format(" ".join(turn.note.split()))
            parts.append(make_safe(told) if form is not str else told)
    return "\n\n".join(parts)


def _utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json_bytes(text: str) -> int:
    return _utf8_bytes(text) + LINE_OVERHEAD_BYTES * (text.count("\n") + 1) + text.count('"') + text.count("\\")
