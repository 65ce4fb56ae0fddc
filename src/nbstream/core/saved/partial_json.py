"""Parser of JSON that may not be complete: the answer so far, as a tree.

The twin on the page is `js/src/core/saved/partial-json.ts`. `tests/fixtures/output_markdown.json` tests both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from ..surrogates import join_surrogates

_SPACES = (" ", "\t", "\r", "\n")
_PIECE = re.compile(r'"|[^"\\]+|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]')
_ESCAPE_PREFIX = re.compile(r"\\?|\\u[0-9a-fA-F]{0,3}")
_WORD = re.compile(r"[-+.\w]+", re.ASCII)
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_PREFIX = re.compile(r"t|tr|tru|f|fa|fal|fals|n|nu|nul|-|-?[0-9]+(?:\.|(?:\.[0-9]+)?[eE][-+]?)")
"""The beginning of a literal that is none yet."""

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass
class JsonNode:
    """A value, as far as it came.

    Attributes:
        kind: Numbers, `true`, `false` and `null` are literals.
        text: The characters of a string, or a literal as it is written.
        items: The values in an array or an object.
        keys: The keys of an object's values, in the same order. A key may occur twice.
        is_complete: Whether all of the value came.
    """

    kind: Literal["string", "literal", "array", "object"]
    text: str = ""
    items: list[JsonNode] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    is_complete: bool = False


@dataclass
class PartialJson:
    """The result of `parse_partial`.

    Attributes:
        root: The value; `None` if nothing of it came, or if the text does not begin as JSON does.
        rest: The text from the first character on that is not JSON; empty if all of it is.
    """

    root: JsonNode | None
    rest: str


def parse_partial(text: str) -> PartialJson:
    """Parse the beginning of a JSON text. In a container, a literal counts once the character after it came."""
    return _Parser(text).parse()


class _Step(Enum):
    DONE = "done"
    TRUNCATED = "truncated"
    BROKEN = "broken"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._root: JsonNode | None = None
        # The arrays and objects that have not ended. There is no recursion, so that no answer is too deep.
        self._open: list[JsonNode] = []

    def parse(self) -> PartialJson:
        step = self._value()
        while step is _Step.DONE and self._open:
            step = self._next_in(self._open[-1])
        if step is _Step.DONE:
            self._skip_space()
        return PartialJson(self._root, "" if step is _Step.TRUNCATED else self._text[self._at :])

    def _next_in(self, container: JsonNode) -> _Step:
        """Read the next value of a container, or its end."""
        char = self._skip_space()
        if char == ("]" if container.kind == "array" else "}"):
            self._at += 1
            container.is_complete = True
            self._open.pop()
            return _Step.DONE
        if container.items and char:
            if char != ",":
                return _Step.BROKEN
            self._at += 1
        return self._value() if container.kind == "array" else self._member()

    def _member(self) -> _Step:
        key = JsonNode("string")
        char = self._skip_space()
        if char and char != '"':
            return _Step.BROKEN
        step = self._string(key) if char else _Step.TRUNCATED
        if step is not _Step.DONE:
            return step
        char = self._skip_space()
        if char != ":":
            return _Step.BROKEN if char else _Step.TRUNCATED
        self._at += 1
        return self._value(key.text)

    def _value(self, key: str | None = None) -> _Step:
        char = self._skip_space()
        if not char:
            return _Step.TRUNCATED
        if char == '"':
            return self._string(self._add(JsonNode("string"), key))
        if char in "[{":
            self._at += 1
            self._open.append(self._add(JsonNode("array" if char == "[" else "object"), key))
            return _Step.DONE
        return self._literal(key)

    def _literal(self, key: str | None) -> _Step:
        word = _WORD.match(self._text, self._at)
        if word is None:
            return _Step.BROKEN
        is_last = word.end() == len(self._text)
        if is_last and self._open:
            return _Step.TRUNCATED
        if is_last and _PREFIX.fullmatch(word[0]):
            if begun := _LITERAL.match(word[0]):
                self._add(JsonNode("literal", begun[0]), key)
            return _Step.TRUNCATED
        if not _LITERAL.fullmatch(word[0]):
            return _Step.BROKEN
        self._at = word.end()
        self._add(JsonNode("literal", word[0], is_complete=True), key)
        return _Step.DONE

    def _string(self, node: JsonNode) -> _Step:
        step = _Step.TRUNCATED
        pieces: list[str] = []
        self._at += 1
        while piece := _PIECE.match(self._text, self._at):
            self._at = piece.end()
            if piece[0] == '"':
                step = _Step.DONE
                break
            pieces.append(_decode(piece[0]))
        if step is not _Step.DONE and not _ESCAPE_PREFIX.fullmatch(self._text[self._at :]):
            step = _Step.BROKEN
        whole = "".join(pieces)
        if step is _Step.TRUNCATED and "\ud800" <= whole[-1:] <= "\udbff":
            # The other half of the character has not come.
            whole = whole[:-1]
        node.text = join_surrogates(whole)
        node.is_complete = step is _Step.DONE
        return step

    def _add(self, node: JsonNode, key: str | None) -> JsonNode:
        if not self._open:
            self._root = node
            return node
        container = self._open[-1]
        container.items.append(node)
        if key is not None:
            container.keys.append(key)
        return node

    def _skip_space(self) -> str:
        """Skip white space, and return the character after it; empty at the end of the text."""
        while self._text[self._at : self._at + 1] in _SPACES:
            self._at += 1
        return self._text[self._at : self._at + 1]


def _decode(piece: str) -> str:
    if not piece.startswith("\\"):
        return piece
    return chr(int(piece[2:], 16)) if piece[1] == "u" else _ESCAPES.get(piece[1], piece[1])
