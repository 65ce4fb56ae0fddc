"""Template of a message: `{expression}` in a text, filled in with values from the notebook."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

MAX_CLOSING_BRACES = 10
"""Closing braces that are tried as the end of one expression, whose own strings and dicts may hold braces too.
With this limit and the next one 2,000 nested braces on a line take 0.04 s, without them 20 s."""

MAX_EXPRESSION_CHARS = 500
"""Characters of one expression."""

_FORM = re.compile(
    r"(?P<code>.+?)(?:!(?P<conversion>[rsa]))?"
    r"(?::(?P<spec>%.+|(?:.?[<>=^])?[+-]?#?0?\d*[_,]?(?:\.\d+)?[bcdeEfFgGnosxX%]?))?"
)
_CONVERSIONS: Mapping[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


class TemplateError(ValueError):
    """An expression in a template could not be filled in."""


def fill_template(text: str, names: Mapping[str, Any]) -> str:
    r"""Fill the expressions of a text in, as an f-string does; the text may hold code as well.

    Braces are filled in if they hold, on one line, a Python expression that reads a name and is not a bare tuple:
    `{x}`, `{len(rows)}`, `{total:.2f}`, `{name!r}`. All other braces stay as they are: `{}`, `{"a": 1}`,
    `{ color: red; }`, `\frac{1}{2}`, `{a, b}`. Doubled braces stand for one: `{{x}}` is `{x}`.

    Args:
        text: The template.
        names: The variables that expressions may read, beside Python's built-in functions.

    Returns:
        The text with the values.

    Raises:
        TemplateError: An expression failed. The error names it, and the way to write the braces themselves.
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
    """Return the text between braces that begin at `begin`, or `None` if they are not to be filled in."""
    line = text[begin : begin + MAX_EXPRESSION_CHARS].partition("\n")[0]
    end = -1
    for _ in range(MAX_CLOSING_BRACES):
        end = line.find("}", end + 1)
        if end < 0:
            break
        code = _parsed(line[:end])[0]
        if code is not None:
            reads = any(isinstance(node, ast.Name) for node in ast.walk(code))
            return line[:end] if reads and not isinstance(code.body, ast.Tuple) else None
    return None


def _parsed(inside: str) -> tuple[ast.Expression | None, str | None, str]:
    """Return an expression, its conversion and its format."""
    # A text that is an expression as a whole has no format: `rows[1:2]`.
    if (code := _code(inside)) is not None:
        return code, None, ""
    form = _FORM.fullmatch(inside)
    return (_code(form["code"]), form["conversion"], form["spec"] or "") if form else (None, None, "")


def _code(source: str) -> ast.Expression | None:
    try:
        # The text may not be code at all, so Python's warnings about it would help nobody.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None


def _value(inside: str, names: Mapping[str, Any]) -> str:
    code, conversion, spec = _parsed(inside)
    assert code is not None
    try:
        # A bare name must be a variable of the notebook: a built-in such as `id` is a slip or plain text.
        if isinstance(code.body, ast.Name) and code.body.id not in names:
            raise NameError(f"name {code.body.id!r} is not defined")
        value = eval(compile(code, "<%%chat>", "eval"), dict(names))
        return format(_CONVERSIONS[conversion](value) if conversion else value, spec)
    except Exception as error:
        raise TemplateError(
            f"{{{inside}}} in the text could not be filled in: {type(error).__name__}: {error}. "
            f"Write {{{{{inside}}}}} to have the braces in the text."
        ) from error
