"""Structured output as Markdown: a list of objects is a table, and an object is one with a row for each field.

The page shows this Markdown while the answer comes, and the notebook's file has it. The Markdown of a part of an
answer is always the beginning of the whole answer's, so a page only adds to what it shows. The twin on the page is
`js/src/core/saved/output-markdown.ts`; `tests/fixtures/output_markdown.json` tests both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..turn import missing_line_ends
from .partial_json import JsonNode, parse_partial

MAX_DEPTH = 20
"""The deepest value that is written out. A deeper one is an ellipsis."""

EMPTY_LIST = "*No items*"

NOTHING = "*Empty*"
"""An answer that is `null` or an empty text alone."""

FIELD_HEAD = "| Field | Value |\n| --- | --- |\n"

_SPACE = re.compile(r"[\r\n\t]")
_MARK = re.compile(
    r"[\\`*[<|~$&@]|(?<![A-Za-z0-9])_|(?<=www)\.|(?:(?<=http)|(?<=https)|(?<=ftp)|(?<=mailto)|(?<=xmpp)):"
    r"|^[#+=>-]|^[0-9]{1,9}[.)]",
    re.ASCII | re.I,
)
"""Characters that Markdown could take for marks. Each is known by those before it, as the text may still grow.

A closing bracket is none without its opening one, and two escaped brackets would be the marks of a formula.
"""


def output_markdown(text: str, columns: Mapping[str, Any]) -> str:
    """Return the Markdown of an answer that is JSON, as far as it came. Any other text is returned as it is.

    Args:
        text: The answer.
        columns: For the path of each list of objects, its columns: pairs of a name, and whether it holds numbers.
    """
    parsed = parse_partial(text)
    if parsed.root is None:
        return parsed.rest
    pieces: list[str] = []
    _add_value(pieces, parsed.root, (), columns)
    if parsed.rest:
        _begin_block(pieces)
        pieces.append(parsed.rest)
    return "".join(pieces)


def _add_value(pieces: list[str], node: JsonNode, path: tuple[str, ...], columns: Mapping[str, Any]) -> None:
    if node.kind == "object":
        _add_fields(pieces, node, path, columns)
    elif node.kind == "array":
        _add_list(pieces, node, columns.get(".".join(path)))
    else:
        pieces.append(_inline(node) or (NOTHING if node.is_complete else ""))


def _add_list(pieces: list[str], node: JsonNode, known: object) -> None:
    table = _columns_of(node, known)
    if table:
        pieces.append(f"| {' | '.join(escape_cell(name) for name, _ in table)} |\n")
        pieces.append(f"| {' | '.join('---:' if is_number else '---' for _, is_number in table)} |\n")
    for item in node.items:
        if table:
            _add_row(pieces, item, [name for name, _ in table])
        elif item.kind != "object" or node.items[0].kind != "object":
            pieces.append(f"- {_inline(item)}" + ("\n" if item.is_complete else ""))
    if node.is_complete and not node.items:
        _begin_block(pieces)
        pieces.append(EMPTY_LIST)


def _add_row(pieces: list[str], item: JsonNode, names: Sequence[str]) -> None:
    """Add the cells of a row up to the first one that has not come, so that the row only grows."""
    cells = dict(zip(reversed(item.keys), reversed(item.items), strict=True)) if item.kind == "object" else {}
    if item.kind != "object":
        cells = {names[0]: item}
    pieces.append("|")
    for name in names:
        cell = cells.get(name)
        if cell is None and not item.is_complete:
            return
        pieces.append(f" {_inline(cell)}" if cell is not None else " ")
        if cell is not None and not cell.is_complete:
            return
        pieces.append(" |")
    if item.is_complete:
        pieces.append("\n")


def _add_fields(pieces: list[str], node: JsonNode, path: tuple[str, ...], columns: Mapping[str, Any]) -> None:
    """Add a table with a row for each field. A field that is a table itself interrupts it."""
    is_in_table = False
    for key, item in zip(node.keys, node.items, strict=True):
        inner = (*path, key)
        if item.kind == "object" or (item.kind == "array" and _columns_of(item, columns.get(".".join(inner)))):
            _begin_block(pieces)
            pieces.append(f"**{escape_cell('.'.join(inner))}**\n\n")
            _add_value(pieces, item, inner, columns)
            is_in_table = False
        elif item.kind != "array" or item.is_complete or (item.items and item.items[0].kind != "object"):
            if not is_in_table:
                _begin_block(pieces)
                pieces.append(FIELD_HEAD)
            is_in_table = True
            pieces.append(f"| {escape_cell(key)} | {_inline(item)}" + (" |\n" if item.is_complete else ""))


def _columns_of(node: JsonNode, known: object) -> list[tuple[str, bool]]:
    """Return the columns of a list; empty if it is not a table, or if its first row has not come."""
    if isinstance(known, Sequence) and not isinstance(known, str):
        pairs = [pair for pair in known if isinstance(pair, Sequence) and len(pair) == 2]
        return [(name, bool(is_number)) for name, is_number in pairs if isinstance(name, str)]
    first = node.items[0] if node.items else None
    if first is None or first.kind != "object" or not first.is_complete:
        return []
    members = dict(zip(reversed(first.keys), reversed(first.items), strict=True))
    return [(name, _is_number(members[name])) for name in dict.fromkeys(first.keys)]


def _is_number(node: JsonNode) -> bool:
    return node.kind == "literal" and node.text not in ("true", "false", "null")


def _inline(node: JsonNode, depth: int = MAX_DEPTH) -> str:
    """Return a value in one line; `null` is empty."""
    if node.kind == "string":
        return escape_cell(node.text)
    if node.kind == "literal":
        return "" if node.text == "null" else node.text
    if depth == 0:
        return "…"
    parts: Iterable[str] = (_inline(item, depth - 1) for item in node.items)
    if node.kind == "object":
        parts = (f"{escape_cell(key)}: {part}" for key, part in zip(node.keys, parts, strict=True))
    return ", ".join(parts)


def escape_cell(text: str) -> str:
    """Return a text as Markdown that shows its characters in one cell of a table."""
    line = _SPACE.sub(" ", text).lstrip(" ")
    return _MARK.sub(lambda mark: f"{mark[0][:-1]}\\{mark[0][-1]}", line)


def _begin_block(pieces: list[str]) -> None:
    """Add a blank line if there is text before it."""
    pieces.append(missing_line_ends(pieces[-1] if pieces else ""))
