"""`{expression}` in a text, filled in with values."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

TRIES, LONGEST = 10, 500
"""Closing braces that are tried as the end of an expression (those in its own texts and tables are not), and its
characters: without these two, 2,000 nested braces on a line took 20 s, with them 0.04 s."""

_FORM = re.compile(
    r"(?P<code>.+?)(?:!(?P<conversion>[rsa]))?"
    r"(?::(?P<spec>%.+|(?:.?[<>=^])?[+-]?#?0?\d*[_,]?(?:\.\d+)?[bcdeEfFgGnosxX%]?))?"
)
_CONVERSIONS: Mapping[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


class FillingError(ValueError):
    """An expression in a text could not be filled in."""


def fill_in(text: str, names: Mapping[str, Any]) -> str:
    r"""The text with the values of its expressions: as an f-string has them, in a text that may hold code too.

    Braces are filled in if they hold, on one line, a Python expression that reads a name and is no bare list of
    things: `{x}`, `{len(rows)}`, `{total:.2f}`, `{name!r}`. All others stay as they are: `{}`, `{"a": 1}`,
    `{ color: red; }`, `\frac{1}{2}`, `{a, b}`. Doubled braces stand for one: `{{x}}` is `{x}`.

    Args:
        text: The text.
        names: What its expressions may read, beside Python's own functions.

    Raises:
        FillingError: An expression fails. The error names it, and the way to have the braces themselves.
    """
    parts: list[str] = []
    doubled = place = 0
    while place < len(text):
        step = 1
        if text.startswith("{{", place):
            doubled, step = doubled + 1, 2
            parts.append("{")
        elif doubled and text.startswith("}}", place):
            doubled, step = doubled - 1, 2
            parts.append("}")
        elif text[place] == "{" and (inside := _expression(text, place + 1)):
            step = len(inside) + 2
            parts.append(_value(inside, names))
        else:
            parts.append(text[place])
        place += step
    return "".join(parts)


def _expression(text: str, begin: int) -> str | None:
    """What stands between braces that are to be filled in."""
    line = text[begin : begin + LONGEST].partition("\n")[0]
    end = -1
    for _ in range(TRIES):
        end = line.find("}", end + 1)
        if end < 0:
            break
        code = _parsed(line[:end])[0]
        if code is not None:
            reads = any(isinstance(node, ast.Name) for node in ast.walk(code))
            return line[:end] if reads and not isinstance(code.body, ast.Tuple) else None
    return None


def _parsed(inside: str) -> tuple[ast.Expression | None, str | None, str]:
    """An expression, its conversion and its format."""
    # A whole that is an expression has no format: `rows[1:2]`.
    if (code := _code(inside)) is not None:
        return code, None, ""
    form = _FORM.fullmatch(inside)
    return (_code(form["code"]), form["conversion"], form["spec"] or "") if form else (None, None, "")


def _code(source: str) -> ast.Expression | None:
    try:
        # What Python would warn of in a text that only may be code is nobody's business.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None


def _value(inside: str, names: Mapping[str, Any]) -> str:
    code, conversion, spec = _parsed(inside)
    assert code is not None
    try:
        # A bare name is the notebook's: Python's own `id` in a text is a slip, or the text's.
        if isinstance(code.body, ast.Name) and code.body.id not in names:
            raise NameError(f"name {code.body.id!r} is not defined")
        value = eval(compile(code, "<%%chat>", "eval"), dict(names))
        return format(_CONVERSIONS[conversion](value) if conversion else value, spec)
    except Exception as error:
        raise FillingError(
            f"{{{inside}}} in the text could not be filled in: {type(error).__name__}: {error}. "
            f"Write {{{{{inside}}}}} to have the braces in the text."
        ) from error
