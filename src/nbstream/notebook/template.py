"""Template of a message: `{{expression}}` in a text, filled in with values from the notebook.

Cells hold pasted code, JSON, style sheets and formulas. So only doubled braces are read, never single ones, and
none in code or formulas: pasted text must not call anything.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..content.attachments import is_attachment

MAX_CLOSING_BRACES = 10
"""Closing braces that are tried as the end of one expression, whose own strings and dicts may hold braces too.
With this limit and the next one 2,000 nested braces on a line take 0.04 s, without them 20 s."""

MAX_EXPRESSION_CHARS = 500
"""Characters of one expression."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_OPENER = re.compile(r"\{\{|`+|\$\$?|\\[\\$`(\[{]")
_CLOSERS = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+$")
_CLOSING_DOLLAR = re.compile(r"(?<![\s\\])\$(?!\d)")
_FORM = re.compile(
    r"(?P<code>.+?)(?:!(?P<conversion>[rsa]))?"
    r"(?::(?P<spec>%.+|(?:.?[<>=^])?[+-]?#?0?\d*[_,]?(?:\.\d+)?[bcdeEfFgGnosxX%]?))?"
)
_CONVERSIONS: Mapping[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


class TemplateError(ValueError):
    """An expression in a template could not be filled in."""


def fill_template(text: str, names: Mapping[str, Any]) -> list[Any]:
    r"""Fill the expressions of a text in, as an f-string does.

    An expression stands on one line between doubled braces, reads a variable and is no bare tuple: `{{x}}`,
    `{{len(rows)}}`, `{{total:.2f}}`, `{{name!r}}`. One that stands alone on its line and is an image, a figure, a
    table or a file becomes a part of its own. All other braces stay as they are, and so do code, fenced or between
    backticks, and formulas.

    Args:
        text: The template.
        names: The variables that expressions may read, beside Python's built-in functions.

    Returns:
        The parts of the message: texts, and the values that go as they are.

    Raises:
        TemplateError: An expression failed. The error names it, and the way to write the braces themselves.
    """
    parts: list[Any] = []
    pieces: list[str] = []
    end = 0
    for begin, stop in _expressions(text):
        inside = text[begin + 2 : stop - 2]
        value, spec = _value(inside, names)
        pieces.append(text[end:begin])
        end = stop
        if spec is None and _stands_alone(text, begin, stop) and is_attachment(value):
            parts += [_trimmed(pieces), value]
            pieces = []
        else:
            pieces.append(_formatted(value, spec or "", inside))
    pieces.append(text[end:])
    if not parts:
        return ["".join(pieces)]
    return [part for part in [*parts, _trimmed(pieces)] if not (isinstance(part, str) and not part.strip())]


def _expressions(text: str) -> Iterator[tuple[int, int]]:
    """Find the doubled braces that hold an expression, outside of code and formulas.

    Yields:
        The position of the opening braces, and the position behind the closing ones.
    """
    for begin, end in _paragraphs(text):
        # A closing mark that the paragraph lacks is searched for once, so that many opening marks stay cheap.
        missing: set[str] = set()
        position = tex_end = begin
        while opener := _OPENER.search(text, position, end):
            mark, position = opener[0], opener.end()
            if mark == "{{" and (opener.start() == tex_end != begin or _follows_tex(text, begin, opener.start())):
                # The argument of a TeX command, and the one that follows it: `\\frac{{a}}{{b}}`.
                position = tex_end = _behind(text, "}}", position, end) or position
            elif mark == "{{":
                if (close := _closing_braces(text, position, end)) is not None:
                    yield opener.start(), close
                    position = close
            elif (mark[0] in "`$" or mark in _CLOSERS) and mark not in missing:
                if (close := _closer(mark, text, position, end)) is None:
                    missing.add(mark)
                else:
                    position = close


def _follows_tex(text: str, begin: int, end: int) -> bool:
    return _TEX_COMMAND.search(text, max(begin, end - 40), end) is not None


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Find the paragraphs of a text, without its fenced code.

    Yields:
        The positions of a paragraph's beginning and end.
    """
    fence = ""
    begin = position = 0
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        is_fence = mark is not None and not (mark[1][0] == "`" and "`" in mark[2])
        if fence:
            if mark is not None and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            begin = position + len(line)
        elif is_fence or not line.strip():
            yield begin, position
            begin = position + len(line)
            fence = mark[1] if is_fence and mark is not None else ""
        position += len(line)
    if not fence:
        yield begin, position


def _closer(mark: str, text: str, begin: int, end: int) -> int | None:
    """Find the position behind the end of the code or formula that `mark` opens, or `None` if it opens none."""
    if mark[0] == "`":
        found = re.compile(rf"(?<!`){mark}(?!`)").search(text, begin, end)
        return found.end() if found else None
    if mark == "$":
        # The rule is Pandoc's: a formula touches both of its dollars and no digit follows, so prices stay text.
        if text[begin : begin + 1].isspace():
            return None
        found = _CLOSING_DOLLAR.search(text, begin + 1, end)
        return found.end() if found else None
    return _behind(text, _CLOSERS[mark], begin, end)


def _behind(text: str, mark: str, begin: int, end: int) -> int | None:
    found = text.find(mark, begin, end)
    return None if found < 0 else found + len(mark)


def _closing_braces(text: str, begin: int, end: int) -> int | None:
    """Find the position behind the braces that end an expression which reads a variable, or return `None`."""
    line_end = text.find("\n", begin, end)
    limit = min(end if line_end < 0 else line_end, begin + MAX_EXPRESSION_CHARS)
    close = begin - 1
    for _ in range(MAX_CLOSING_BRACES):
        close = text.find("}}", close + 1, limit)
        if close < 0:
            break
        code = _parsed(text[begin:close])[0]
        if code is not None:
            reads = any(isinstance(node, ast.Name) for node in ast.walk(code))
            return close + 2 if reads and not isinstance(code.body, ast.Tuple) else None
    return None


def _parsed(inside: str) -> tuple[ast.Expression | None, str | None, str]:
    """Return an expression, its conversion and its format."""
    # If the whole text is an expression, the colon in it begins no format: `rows[1:2]`.
    if (code := _code(inside)) is not None:
        return code, None, ""
    form = _FORM.fullmatch(inside)
    return (_code(form["code"]), form["conversion"], form["spec"] or "") if form else (None, None, "")


def _code(source: str) -> ast.Expression | None:
    try:
        # The text may not be code at all, so Python's warnings about it are of no use.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None


def _value(inside: str, names: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Return the value of an expression, and its format; `None` for an expression without one."""
    code, conversion, spec = _parsed(inside)
    assert code is not None
    try:
        # A bare name must be a variable of the notebook: a built-in such as `id` is a slip or plain text.
        if isinstance(code.body, ast.Name) and code.body.id not in names:
            raise NameError(f"name {code.body.id!r} is not defined")
        value = eval(compile(code, "<%%chat>", "eval"), dict(names))
        if not conversion and not spec:
            return value, None
        return _CONVERSIONS[conversion](value) if conversion else value, spec
    except Exception as error:
        raise _failure(inside, error) from error


def _formatted(value: Any, spec: str, inside: str) -> str:
    try:
        return format(value, spec)
    except Exception as error:
        raise _failure(inside, error) from error


def _failure(inside: str, error: Exception) -> TemplateError:
    return TemplateError(
        f"{{{{{inside}}}}} in the text could not be filled in: {type(error).__name__}: {error}. Correct it, or "
        f"put it between backticks (`{{{{{inside}}}}}`) to send the braces themselves."
    )


def _stands_alone(text: str, begin: int, end: int) -> bool:
    before = text[text.rfind("\n", 0, begin) + 1 : begin]
    line_end = text.find("\n", end)
    return not before.strip() and not text[end : line_end if line_end >= 0 else len(text)].strip()


def _trimmed(pieces: list[str]) -> str:
    """Join the text between two attachments, without the white space and line ends beside the attachments."""
    return re.sub(r"[^\S\n]+\Z", "", "".join(pieces)).strip("\n")
