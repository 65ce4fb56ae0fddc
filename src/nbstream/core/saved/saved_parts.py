"""Parts of a saved conversation: its documents, and one line for each tool call, picture and file.

The twin on the page is `js/src/core/saved/saved-parts.ts`. Both are tested with `tests/fixtures/saved_parts.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..turn import Block, Turn, is_call
from .output_markdown import output_markdown
from .saved_notes import CALLED, RAN, UNNAMED_TOOL

MAX_LINE_CHARS = 200
"""Length to which the arguments and the result of a call are cut, each. A reader recognises a call by less."""

_SPACE = re.compile(r"[ \t\r\n]+")
"""White space that becomes one space in a line. `\\s` is another set in each language."""

_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*"|[{}\[\],:]')

# Text without any character that a Markdown renderer could take for a mark.
_PLAIN = re.compile(r"(?:[A-Za-z0-9 (),.='\"+/%;?-]|:(?= |$)|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|[^\x00-\x7f])*")


@dataclass(frozen=True)
class SavedPart:
    """One part of a turn in the file.

    Attributes:
        kind: `"text"` is a document in Markdown; the others take one line each.
        text: The document, the call (`lookup(city="Oslo")`), or the name and size of the attachment.
        result: The result of the call; empty if it has none.
        columns: The columns of an answer that is structured output, while its blocks are joined; see
            `output_markdown`.
    """

    kind: Literal["text", "call", "attachment"]
    text: str
    result: str = ""
    columns: Mapping[str, Any] | None = None


def saved_parts(turns: Iterable[Turn]) -> list[list[SavedPart]]:
    """Return the parts of each turn. A call has its result, which may stand in the next turn."""
    parts_of_turns: list[list[SavedPart]] = []
    # The place of each call that has no result yet, by its id.
    waiting: dict[str, tuple[list[SavedPart], int]] = {}
    for turn in turns:
        parts: list[SavedPart] = []
        parts_of_turns.append(parts)
        for index, block in enumerate(turn.blocks):
            if block.type == "text":
                continues = turn.continued_block(index) is not None and parts[-1].kind == "text"
                before = parts.pop().text if continues else ""
                columns = block.data.get("columns")
                parts.append(SavedPart("text", before + block.text, columns=columns))
            elif is_call(block.type):
                waiting[_id_of(block, "id")] = parts, len(parts)
                parts.append(SavedPart("call", _describe_call(block)))
            elif block.type.endswith("tool_result"):
                call = SavedPart("call", UNNAMED_TOOL)
                place, at = waiting.pop(_id_of(block, "call"), (parts, len(parts)))
                call = place[at] if at < len(place) else call
                place[at : at + 1] = [SavedPart("call", call.text, _describe_result(block))]
            elif block.type in ("image", "document"):
                parts.append(SavedPart("attachment", describe_attachment(block.data, block.type)))
    return [[_readable(part) for part in parts if part.text] for parts in parts_of_turns]


def _readable(part: SavedPart) -> SavedPart:
    return part if part.columns is None else SavedPart(part.kind, output_markdown(part.text, part.columns))


def part_line(part: SavedPart, *, is_markdown: bool) -> str:
    """Return an attachment or a call as one quoted line. In Markdown, a text with marks is written as code."""
    mark = _as_inline if is_markdown else str
    if part.kind == "attachment":
        return f"> {mark(part.text)}"
    note = RAN if part.result else CALLED
    return f"> {note.format(call=mark(part.text), result=mark(part.result))}"


def describe_attachment(data: Mapping[str, Any], kind: str) -> str:
    """Describe a picture or a file by its name and size."""
    width, height, pages, size = (_count(data.get(key)) for key in ("width", "height", "pages", "size"))
    facts = [
        _text(data.get("name")) or kind,
        f"{width} × {height}" if width and height else "",
        f"{pages} {'page' if pages == 1 else 'pages'}" if pages else "",
        format_bytes(size) if size else "",
    ]
    return one_line(" · ".join(fact for fact in facts if fact))


def format_bytes(size: int) -> str:
    """Format a number of bytes in units of a thousand, with one decimal below ten."""
    if size < 1_000:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    factor, unit = (1_000, "kB") if size < 1_000_000 else (1_000_000, "MB")
    if size < 10 * factor:
        tenths = (20 * size + factor) // (2 * factor)
        return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{(2 * size + factor) // (2 * factor)} {unit}"


def _describe_call(call: Block) -> str:
    json = call.text.strip(" \t\r\n")
    arguments = ", ".join(f"{name}={value}" for name, value in _members(json)) or json
    name = one_line(_text(call.data.get("name")) or UNNAMED_TOOL)
    return f"{name}({'' if json == '{}' else one_line(arguments)})"


def _members(json: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a JSON object as they are written, so that both languages write them alike."""
    depth = start = 0
    name = before = ""
    for token in _TOKEN.finditer(json if json[:1] == "{" else ""):
        is_end = token[0] == "," or (token[0] in ("}", "]") and depth == 1)
        if depth == 1 and is_end and name:
            yield name, json[start : token.start()].strip(" \t\r\n")
            name = ""
        elif depth == 1 and token[0] == ":":
            name, start = before[1:-1], token.end()
        depth += (token[0] in ("{", "[")) - (token[0] in ("}", "]"))
        before = token[0]


def _describe_result(result: Block) -> str:
    data = result.data
    error = data.get("error")
    text = result.text or _text(data.get("text"))
    if data.get("markdown") is True:
        # Above the rows, a table has a line with its size.
        text = text.split("\n", 1)[0]
    images, sources = _list(data.get("images")), _list(data.get("sources"))
    found = [
        _text(error),
        text,
        _text(data.get("output")),
        _text(data.get("errors")),
        *(describe_attachment(image, "image") for image in images if isinstance(image, Mapping)),
        f"{len(sources)} {'source' if len(sources) == 1 else 'sources'}" if sources else "",
        *(f"file {name}" for name in _list(data.get("files")) if _text(name)),
    ]
    described = one_line(", ".join(stripped for part in found if (stripped := part.strip(" \t\r\n"))))
    if error is True or _text(error):
        return f"failed: {described}" if described else "failed"
    return described or "no output"


def _as_inline(line: str) -> str:
    """Return a line as Markdown that shows exactly its characters: as code, if it has any mark."""
    if _PLAIN.fullmatch(line):
        return line
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def one_line(text: str) -> str:
    """Return a text as one line of at most `MAX_LINE_CHARS` characters."""
    line = _SPACE.sub(" ", text).strip(" ")
    return line if len(line) <= MAX_LINE_CHARS else line[: MAX_LINE_CHARS - 1] + "…"


def _id_of(block: Block, key: str) -> str:
    return _text(block.data.get(key))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
