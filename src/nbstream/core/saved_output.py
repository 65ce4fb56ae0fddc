"""Static form of a conversation in a notebook's file, for users who open the file without this kernel.

The twin on the page is `js/src/core/saved-output.ts`. Both are tested with `tests/fixtures/saved_output.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from .control_characters import escape_controls
from .ops import Status
from .safe_markdown import as_code_block, make_safe
from .turn import Turn

UNFINISHED = "This answer was still being written when the notebook was saved."
EMPTY = "Nothing had been said in this chat when the notebook was saved."
ELSEWHERE = "This conversation stands in this notebook above."

SPEAKERS = {"user": "You", "assistant": "Claude"}

MAX_BYTES_PER_TEXT_BYTE = 3
SPARE_BYTES = 16_000
"""A conversation may take `MAX_BYTES_PER_TEXT_BYTE` bytes in the file for each byte of its text, and `SPARE_BYTES`
more."""

_LINE_SPACE = re.compile(r"[ \t\r\n]+")
"""White space between the lines of a note, which stands in one line. `\\s` is another set in each language."""

LINE_OVERHEAD_BYTES = 14
"""Number of bytes that a line takes in a notebook's JSON in addition to its text: indentation, quotes and
comma."""

SHORT_PLAIN_CHARS = 2_000
"""Length to which the plain text is cut if the whole output would be too large."""


@dataclass(frozen=True)
class SavedTurn:
    """One turn in the file: the speaker, the text, and a note about an early end."""

    role: str
    text: str
    note: str = ""


def saved_turns(turns: Iterable[Turn]) -> list[SavedTurn]:
    """Return the parts of a conversation's turns that are saved in the file."""
    return [SavedTurn(turn.role, turn.text(), _note(turn)) for turn in turns]


def to_output(turns: Sequence[SavedTurn], empty: str = EMPTY) -> dict[str, str]:
    """Convert a conversation to the data of an output: safe Markdown, and plain text for terminals.

    Args:
        turns: The conversation.
        empty: The sentence for a conversation without any text.
    """
    turns = [turn for turn in turns if turn.text or turn.note]
    if not turns:
        return {"text/markdown": f"*{empty}*", "text/plain": empty}
    # If there is only one question with its answer, the question is left out, because the cell contains it.
    is_single_answer = [turn.role for turn in turns] == ["user", "assistant"]
    turns = turns[1:] if is_single_answer else turns
    text_bytes = sum(_utf8_bytes(turn.text) for turn in turns)
    markdown = _join_turns(turns, make_safe, "**{}**", "*{}*", is_single_answer)
    if _json_bytes(markdown) > (MAX_BYTES_PER_TEXT_BYTE - 1) * text_bytes + SPARE_BYTES / 2:
        markdown = _join_turns(turns, as_code_block, "**{}**", "*{}*", is_single_answer)
    plain = _join_turns(turns, escape_controls, "{}:", "({})", is_single_answer)
    if _json_bytes(markdown) + _json_bytes(plain) > MAX_BYTES_PER_TEXT_BYTE * text_bytes + SPARE_BYTES:
        plain = plain[:SHORT_PLAIN_CHARS] + "…\n\n(The rest is in this output's Markdown.)"
    return {"text/markdown": markdown, "text/plain": plain}


def side_by_side(chats: Mapping[str, Sequence[SavedTurn]], empty: str = EMPTY) -> dict[str, str]:
    """Convert several conversations to the data of one output, each under its name."""
    each = {name: to_output(turns, empty) for name, turns in chats.items()}
    markdown = [f"{make_safe(f'**{name}**')}\n\n{data['text/markdown']}" for name, data in each.items()]
    plain = [f"{name}:\n\n{data['text/plain']}" for name, data in each.items()]
    return {"text/markdown": "\n\n".join(markdown), "text/plain": "\n\n".join(plain)}


def _note(turn: Turn) -> str:
    reply = turn.reply
    if reply is None:
        return ""
    match reply.status:
        case Status.WAITING | Status.STREAMING:
            return UNFINISHED
        case Status.DONE | Status.STOPPED | Status.FAILED:
            return reply.error or reply.note or ""
        case Status.IDLE:
            return ""
        case _:
            assert_never(reply.status)


def _join_turns(
    turns: Sequence[SavedTurn],
    convert: Callable[[str], str],
    name_form: str,
    note_form: str,
    is_single_answer: bool,
) -> str:
    parts: list[str] = []
    for turn in turns:
        if not is_single_answer:
            parts.append(name_form.format(SPEAKERS[turn.role]))
        if turn.text:
            parts.append(convert(turn.text).strip("\n"))
        if turn.note:
            note = note_form.format(_LINE_SPACE.sub(" ", turn.note.strip(" \t\r\n")))
            # A note in code would not look like a note.
            parts.append(make_safe(note) if convert is as_code_block else convert(note))
    return "\n\n".join(parts)


def _utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json_bytes(text: str) -> int:
    return _utf8_bytes(text) + LINE_OVERHEAD_BYTES * (text.count("\n") + 1) + text.count('"') + text.count("\\")
