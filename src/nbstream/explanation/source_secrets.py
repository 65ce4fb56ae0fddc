"""Secrets in Python source: a string is searched as a text, and a string that a secret's name gets is a secret.

Outside of strings and comments there is only code, such as `token = read_token()`, which is kept.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from tokenize import TokenInfo

from .secrets import KEY_NAME, SECRET_NAME, kind_of, looks_like_key, mark, redact, redact_tokens

MIN_NUMBER_CHARS = 4
"""The shortest number that is removed where a secret's name gets it."""

MAX_BROKEN_PARTS = 20
"""The most lines at which the reading of a source that is not valid Python begins again."""

_LOOKUPS = frozenset({"getenv", "get", "environ", "pop"})
"""Functions and mappings that get the name of a secret, and not the secret."""

_QUOTED = re.compile(r"""(?i:[rbuft]{0,3})(?P<quote>"{3}|'{3}|"|')(?P<text>.*)(?P=quote)""", re.DOTALL)


def redact_source(source: str) -> str:
    """Replace the secrets in Python source by marks. Lines keep their numbers.

    Source that is not valid Python, such as that of a `SyntaxError`, is searched as a text too: one cannot know
    there what is a string.
    """
    lines = redact_tokens(source).split("\n")
    read: list[str] = []
    for part in range(MAX_BROKEN_PARTS):
        redacted, rows = _redact_valid_part("\n".join(lines))
        if rows is None and part == 0:
            return redacted
        read += redacted.split("\n")[:rows]
        lines = [] if rows is None else lines[rows:]
        if not lines:
            break
    return redact("\n".join([*read, *lines]))


def _redact_valid_part(source: str) -> tuple[str, int | None]:
    """Replace the secrets in a source as far as it can be read, and return the number of read lines too.

    The number is `None` for all lines.
    """
    literals: list[_Literal] = []
    scanner, rows = _Scanner(), None
    try:
        literals.extend(scanner.literals(_whole_strings(source)))
    except (tokenize.TokenError, SyntaxError):
        rows = scanner.rows
    starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
    pieces, end = [], 0
    for literal in literals:
        begin, stop = (starts[row - 1] + column for row, column in (literal.start, literal.end))
        pieces += [source[end:begin], literal.redacted(source[begin:stop])]
        end = stop
    return "".join([*pieces, source[end:]]), rows


@dataclass(frozen=True)
class _Literal:
    """A string, a number or a comment of the source.

    Attributes:
        start: Its first line, from 1, and its first column.
        end: The line and the column after it.
        name: The name that gets it, if the name may be one of a secret; otherwise empty.
        is_number: Whether it is a number.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    name: str = ""
    is_number: bool = False

    def redacted(self, text: str) -> str:
        """Return the literal's source without its secrets."""
        if self.name and (SECRET_NAME.search(self.name) or looks_like_key(_text_of(text))):
            quote = "" if self.is_number else '"'
            return quote + mark(kind_of(self.name), "") + quote + "\n" * text.count("\n")
        quoted = None if self.is_number else _QUOTED.fullmatch(text)
        if quoted is None:
            return text if self.is_number else redact(text)
        begin, end = quoted.span("text")
        return text[:begin] + redact(quoted["text"]) + text[end:]


class _Scanner:
    """Finds the literals of a source, and for each the name that gets it.

    The name is the last one that may be a secret's, in the same statement and the same argument or item.
    """

    def __init__(self) -> None:
        self._name = ""
        self._name_depth = 0
        self._depth = 0
        # A name in quotes and its value may be two arguments: `setdefault("API_KEY", "…")`.
        self._spans_comma = False
        self.rows = 1
        """The lines that have been read, or the first one if it cannot be read."""

    def literals(self, tokens: Iterable[TokenInfo]) -> Iterator[_Literal]:
        """Return the literals of a source, in their order."""
        before = ["", ""]
        for token in tokens:
            self.rows = token.end[0]
            match token.type:
                case tokenize.NEWLINE:
                    self._name = ""
                case tokenize.NAME:
                    self._enter_name(token.string, is_quoted=False)
                case tokenize.OP:
                    self._enter_operator(token.string)
                case tokenize.NUMBER if self._name and len(token.string) >= MIN_NUMBER_CHARS:
                    yield _Literal(token.start, token.end, self._name, is_number=True)
                case tokenize.COMMENT:
                    yield _Literal(token.start, token.end)
                case tokenize.STRING:
                    text = _text_of(token.string)
                    is_name = text.isidentifier() and before[0] in _LOOKUPS and before[1] in ("(", "[")
                    yield _Literal(token.start, token.end, "" if is_name else self._name)
                    if not self._name:
                        self._enter_name(text, is_quoted=True)
            if token.type in (tokenize.NAME, tokenize.OP):
                before = [before[1], token.string]

    def _enter_name(self, name: str, *, is_quoted: bool) -> None:
        if not keyword.iskeyword(name) and len(name) < 100 and (SECRET_NAME.search(name) or KEY_NAME.search(name)):
            self._name, self._name_depth, self._spans_comma = name, self._depth, is_quoted

    def _enter_operator(self, operator: str) -> None:
        if operator in ("(", "[", "{"):
            self._depth += 1
        elif operator in (")", "]", "}"):
            self._depth -= 1
            self._name_depth = min(self._name_depth, self._depth)
        elif operator == ";":
            self._name = ""
        elif operator in (":", "="):
            self._spans_comma = False
        elif operator == "," and 0 < self._depth <= self._name_depth:
            # Outside of brackets, a comma stands between targets or values: `user, password = "…", "…"`.
            if not self._spans_comma:
                self._name = ""
            self._spans_comma = False


def _text_of(literal: str) -> str:
    """Return the text between the quotes of a string; other source is returned as it is."""
    quoted = _QUOTED.fullmatch(literal)
    return quoted["text"] if quoted else literal


def _whole_strings(source: str) -> Iterator[TokenInfo]:
    """Return the tokens of a source, with each f-string as one string: since Python 3.12 it is many tokens."""
    openers = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
    closers = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}
    opened: list[TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.ERRORTOKEN and token.string.strip():
            # Before Python 3.12, a string without its end is such a token.
            raise tokenize.TokenError("not valid Python")
        if token.type in openers:
            opened.append(token)
        elif token.type in closers:
            first = opened.pop()
            if not opened:
                yield TokenInfo(tokenize.STRING, "f''", first.start, token.end, token.line)
        elif not opened:
            yield token
