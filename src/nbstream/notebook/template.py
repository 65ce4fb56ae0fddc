"""Template of a message: each `{{expression}}` in its text is replaced by a value from the notebook.

Users paste code, JSON, style sheets and formulas into cells, and pasted text must not call functions. So single
braces are never read as expressions, and double braces are ignored in code and formulas.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..content.attachments import is_attachment

MAX_CLOSING_BRACES = 10
"""The most closing braces that are tried as the end of one expression. Several are tried, because the expression's
own strings and dicts may contain braces. A line of 2,000 nested braces takes 0.04 s with this limit and
`MAX_EXPRESSION_CHARS`, and 20 s without the two limits."""

MAX_EXPRESSION_CHARS = 500
"""The longest expression that is recognized."""

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
    """An expression in a template could not be evaluated or formatted."""


def fill_template(text: str, names: Mapping[str, Any]) -> list[Any]:
    r"""Replace the expressions in a text by their values, as an f-string does.

    An expression is written on one line between double braces. It must read a variable and must not be a tuple
    without parentheses. Examples are `{{x}}`, `{{len(rows)}}`, `{{total:.2f}}` and `{{name!r}}`. If an expression
    is alone on its line and its value is an image, a figure, a table or a file, the value becomes a part of its
    own. All other braces stay as they are. Formulas, fenced code and code between backticks also stay as they are.

    Args:
        text: The template.
        names: The variables that expressions may read, beside Python's built-in functions.

    Returns:
        The parts of the message: texts, and the values that are parts of their own.

    Raises:
        TemplateError: An expression failed. The error names the expression, and says how to send the braces
            themselves.
    """
    parts: list[Any] = []
    pieces: list[str] = []
    end = 0
    for begin, stop in _expressions(text):
        inside = text[begin + 2 : stop - 2]
        value, spec = _value(inside, names)
        pieces.append(text[end:begin])
        end = stop
        if spec is None and stands_alone(text, begin, stop) and is_attachment(value):
            parts += [trimmed(pieces), value]
            pieces = []
        else:
            pieces.append(_formatted(value, spec or "", inside))
    pieces.append(text[end:])
    if not parts:
        return ["".join(pieces)]
    return [part for part in [*parts, trimmed(pieces)] if not (isinstance(part, str) and not part.strip())]


def _expressions(text: str) -> Iterator[tuple[int, int]]:
    """Find the double braces that contain an expression, outside of code and formulas.

    Yields:
        The position of the opening braces, and the position after the closing braces.
    """
    for begin, end in _paragraphs(text):
        # The marks that open code or a formula and are never closed in this paragraph. The search for a closing
        # mark is not repeated, so a text with many opening marks takes little time.
        missing: set[str] = set()
        position = tex_end = begin
        while opener := _OPENER.search(text, position, end):
            mark, position = opener[0], opener.end()
            if mark == "{{" and (opener.start() == tex_end != begin or _follows_tex(text, begin, opener.start())):
                # These braces are an argument of a TeX command, such as both pairs in `\\frac{{a}}{{b}}`.
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
    """Find the paragraphs of a text, leaving out its fenced code.

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
    """Find the position after the code or formula that `mark` opens; `None` if `mark` does not open any."""
    if mark[0] == "`":
        found = re.compile(rf"(?<!`){mark}(?!`)").search(text, begin, end)
        return found.end() if found else None
    if mark == "$":
        # This is Pandoc's rule, by which prices are not formulas: no space stands between a formula and its dollar
        # signs, and no digit follows the closing one.
        if text[begin : begin + 1].isspace():
            return None
        found = _CLOSING_DOLLAR.search(text, begin + 1, end)
        return found.end() if found else None
    return _behind(text, _CLOSERS[mark], begin, end)


def _behind(text: str, mark: str, begin: int, end: int) -> int | None:
    found = text.find(mark, begin, end)
    return None if found < 0 else found + len(mark)


def _closing_braces(text: str, begin: int, end: int) -> int | None:
    """Find the position after the closing braces of the expression that begins at `begin`.

    Return `None` if the braces contain no expression, one that reads no variable, or a bare tuple.
    """
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
    """Parse the text between the braces into an expression, its conversion and its format.

    The expression is `None` if the text is not valid.
    """
    # If the whole text is a valid expression, a colon in it is part of the expression, as in `rows[1:2]`.
    if (code := _code(inside)) is not None:
        return code, None, ""
    form = _FORM.fullmatch(inside)
    return (_code(form["code"]), form["conversion"], form["spec"] or "") if form else (None, None, "")


def _code(source: str) -> ast.Expression | None:
    try:
        # The text is perhaps not meant as code, so Python's warnings about it would confuse the user.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None


def _value(inside: str, names: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Evaluate the text between the braces.

    Returns:
        The value, and its format. The format is `None` if the text has neither a conversion nor a format.
    """
    code, conversion, spec = _parsed(inside)
    assert code is not None
    try:
        # An expression that is only a name must be a variable of the notebook. The name of a built-in function,
        # such as `id`, is a typing error or plain text.
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


def stands_alone(text: str, begin: int, end: int) -> bool:
    """Return whether nothing else is on the line of the text between two positions."""
    before = text[text.rfind("\n", 0, begin) + 1 : begin]
    line_end = text.find("\n", end)
    return not before.strip() and not text[end : line_end if line_end >= 0 else len(text)].strip()


def trimmed(pieces: list[str]) -> str:
    """Join the pieces of text between two attachments, without the white space and line ends at both ends."""
    return re.sub(r"[^\S\n]+\Z", "", "".join(pieces)).strip("\n")
