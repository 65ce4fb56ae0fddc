"""Static form of a conversation in a notebook's file, for users who open the file without this kernel.

The twin on the page is `js/src/core/saved/saved-output.ts`. `tests/fixtures/saved_output.json` tests both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from ..control_characters import escape_controls
from ..ops import Status
from ..turn import Turn
from .safe_markdown import as_code_block, make_safe
from .saved_notes import EMPTY, SPEAKERS, UNFINISHED
from .saved_parts import SavedPart, one_line, part_line, saved_parts

NAMELESS = "---"
"""The line above each of several conversations that have no names."""

MAX_GROWTH_RATIO = 1.2
SPARE_BYTES = 1_000
"""The Markdown may take `MAX_GROWTH_RATIO` times the bytes of its text in the file, and `SPARE_BYTES` more. The
entities that make ordinary Markdown safe add at most 4 % to it, and those in a page's source 14 %."""

_LINE_SPACE = re.compile(r"[ \t\r\n]+")
"""White space between the lines of a note, which stands in one line. `\\s` is another set in each language."""

LINE_OVERHEAD_BYTES = 14
"""Number of bytes that a line takes in a notebook's JSON in addition to its text: indentation, quotes and
comma."""


@dataclass(frozen=True)
class SavedTurn:
    """One turn in the file: the speaker, the parts, and a note about an early end."""

    role: str
    parts: Sequence[SavedPart] = ()
    note: str = ""


@dataclass(frozen=True)
class _Form:
    """Conversion of the parts of an output."""

    text: Callable[[str], str]
    line: Callable[[SavedPart], str]
    name: str
    note: Callable[[str], str]


_SAFE = _Form(
    make_safe,
    lambda part: make_safe(part_line(part, is_markdown=True)),
    "**{}**",
    lambda note: make_safe(f"*{note}*"),
)
# Lines and texts take little more room as code. A note in code would not look like a note.
_CODE = _Form(as_code_block, lambda part: as_code_block(part_line(part, is_markdown=False)), "**{}**", _SAFE.note)
_PLAIN = _Form(
    escape_controls,
    lambda part: escape_controls(part_line(part, is_markdown=False)),
    "{}:",
    lambda note: escape_controls(f"({note})"),
)


def saved_turns(turns: Sequence[Turn]) -> list[SavedTurn]:
    """Return the parts of a conversation's turns that are saved in the file."""
    saved = zip(turns, saved_parts(turns), strict=True)
    return [SavedTurn(turn.role, parts, _note(turn)) for turn, parts in saved]


def to_markdown(turns: Sequence[Turn]) -> str:
    """Return a conversation as Markdown as it came: each speaker's name in bold, then the texts and the calls."""
    form = _Form(str, lambda part: part_line(part, is_markdown=True), "**{}**", str)
    saved = [SavedTurn(turn.role, turn.parts) for turn in saved_turns(turns) if turn.parts]
    return _join_turns(saved, form, is_single_answer=False) + "\n"


def to_output(turns: Sequence[SavedTurn], empty: str = EMPTY, *, is_plain_whole: bool = False) -> dict[str, str]:
    """Convert a conversation to the data of an output: safe Markdown, and a line of plain text.

    The plain text is one line, because every viewer of notebooks shows the Markdown, and a second copy of
    each answer would double the file.

    Args:
        turns: The conversation.
        empty: The sentence for a conversation without any text.
        is_plain_whole: Whether the plain text is the whole conversation, for a console that shows nothing else.
    """
    turns = [turn for turn in turns if turn.parts or turn.note]
    if not turns:
        return {"text/markdown": f"*{empty}*", "text/plain": empty}
    # If there is only one question with its answer, the question is left out, because the cell contains it.
    is_single_answer = [turn.role for turn in turns] == ["user", "assistant"]
    turns = turns[1:] if is_single_answer else turns
    markdown = _join_turns(turns, _SAFE, is_single_answer=is_single_answer)
    plain = _join_turns(turns, _PLAIN, is_single_answer=is_single_answer)
    if _json_bytes(markdown) > MAX_GROWTH_RATIO * _json_bytes(plain) + SPARE_BYTES:
        markdown = _join_turns(turns, _CODE, is_single_answer=is_single_answer)
    return {"text/markdown": markdown, "text/plain": plain if is_plain_whole else one_line(plain)}


def side_by_side(
    chats: Iterable[tuple[str, Sequence[SavedTurn]]], empty: str = EMPTY, *, is_plain_whole: bool = False
) -> dict[str, str]:
    """Convert several conversations to the data of one output, each under its name, if it has one."""
    each = [(name, to_output(turns, empty, is_plain_whole=is_plain_whole)) for name, turns in chats]
    markdown = [
        f"{make_safe(f'**{name}**') if name else NAMELESS}\n\n{data['text/markdown']}" for name, data in each
    ]
    plain = "\n\n".join(f"{name}:\n\n{data['text/plain']}" if name else data["text/plain"] for name, data in each)
    return {"text/markdown": "\n\n".join(markdown), "text/plain": plain if is_plain_whole else one_line(plain)}


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


def _join_turns(turns: Sequence[SavedTurn], form: _Form, *, is_single_answer: bool) -> str:
    pieces: list[str] = []
    for turn in turns:
        if not is_single_answer:
            pieces.append(form.name.format(SPEAKERS[turn.role]))
        pieces += [
            form.text(part.text).strip("\n") if part.kind == "text" else form.line(part) for part in turn.parts
        ]
        if turn.note:
            pieces.append(form.note(_LINE_SPACE.sub(" ", turn.note.strip(" \t\r\n"))))
    return "\n\n".join(pieces)


def _utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json_bytes(text: str) -> int:
    return _utf8_bytes(text) + LINE_OVERHEAD_BYTES * (text.count("\n") + 1) + text.count('"') + text.count("\\")
