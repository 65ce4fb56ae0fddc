"""Prompts of a run: one for each row, made by a text with `{{column}}` or by the user's function.

`%%chat` fills in expressions. Here the words between the braces are names of columns and nothing else, so no cell
of a table is ever evaluated.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from ...content.attachments import is_attachment
from ...core.short_repr import short_repr
from ...notebook.template import stands_alone, trimmed
from .source import Rows

_FIELD = re.compile(r"\{\{([^{}\n]{1,200})\}\}")
_NAME = re.compile(r"[^\W\d]\w*(?:[ .-]\w+)*")
"""Matches words that are certainly meant as a column. Braces around other text, such as JSON, are sent as such."""

_PLAIN = (str, int, float, bool, type(None))

MAX_NAMED_COLUMNS = 20
"""The most columns that an error lists."""


class Prompts:
    """The prompts of all rows.

    Args:
        make: Returns the prompt of a row by its index, or raises the error that the row ends with.
        template: The prompt's text; `None` for a function.
        columns: The columns that the prompt names; empty for a function.
    """

    def __init__(
        self, make: Callable[[int], Any], template: str | None = None, columns: Sequence[str] = ()
    ) -> None:
        self.make = make
        self.template = template
        self.columns = tuple(columns)

    @classmethod
    def of(cls, prompt: object, rows: Rows) -> Prompts:
        """Check a prompt against the rows, and call a function once for each row.

        Args:
            prompt: A text with `{{column}}`, or a function of a row. It is called here, in the caller's thread.
            rows: The rows.

        Raises:
            TypeError: The prompt is neither.
            ValueError: The text names no column, or one that the rows do not have; or the function failed for
                every row.
        """
        if isinstance(prompt, str):
            return _from_template(prompt, rows)
        if not callable(prompt):
            raise TypeError(
                f"The prompt is {type(prompt).__name__}: {short_repr(prompt, 60)}; give a text with "
                "{{column}}, or a function of a row that returns what nbstream.chat takes."
            )
        if inspect.iscoroutinefunction(prompt):
            raise TypeError(
                "The prompt is an async function; give a plain one, which returns the prompt of a row."
            )
        return _from_function(prompt, rows)


def _from_function(function: Callable[[Any], Any], rows: Rows) -> Prompts:
    made: list[Any] = []
    errors: dict[int, Exception] = {}
    for index in range(len(rows)):
        try:
            made.append(function(rows.row(index)))
        except Exception as error:
            made.append(None)
            errors[index] = error
    if len(errors) == len(rows):
        first = errors[0]
        raise ValueError(
            f"The prompt's function failed for every row, first with {type(first).__name__}: {first}"
        ) from first

    def make(index: int) -> Any:
        if index in errors:
            raise errors[index]
        return made[index]

    return Prompts(make)


def _from_template(text: str, rows: Rows) -> Prompts:
    found = list(_FIELD.finditer(text))
    used = [match for match in found if match[1].strip() in rows.columns]
    unknown = [match[1].strip() for match in found if match not in used and _NAME.fullmatch(match[1].strip())]
    if unknown:
        raise ValueError(_unknown_column(unknown[0], rows))
    if not used:
        raise ValueError(
            f"The prompt {short_repr(text, 60)} names no column, so every row would ask the same; write "
            f"{{{{{rows.columns[0]}}}}} where the row's value belongs, or give a function of a row."
        )
    literals = [text[begin:end] for begin, end in _gaps(text, used)]
    names = [match[1].strip() for match in used]
    columns = [rows.column(name) for name in names]
    is_alone = [stands_alone(text, match.start(), match.end()) for match in used]

    def make(index: int) -> Any:
        parts: list[Any] = []
        pieces = [literals[0]]
        for values, alone, literal in zip(columns, is_alone, literals[1:], strict=True):
            value = values[index]
            if alone and not isinstance(value, _PLAIN) and is_attachment(value):
                parts += [trimmed(pieces), value]
                pieces = []
            else:
                pieces.append(_as_text(value))
            pieces.append(literal)
        if not parts:
            return "".join(pieces)
        return [part for part in [*parts, trimmed(pieces)] if not (isinstance(part, str) and not part.strip())]

    return Prompts(make, text, tuple(dict.fromkeys(names)))


def _gaps(text: str, fields: Sequence[re.Match[str]]) -> list[tuple[int, int]]:
    ends = [0, *(field.end() for field in fields)]
    return list(zip(ends, [*(field.start() for field in fields), len(text)], strict=True))


def _as_text(value: object) -> str:
    """Return a cell as text; a missing value of any library is empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        # NaN and NaT differ from themselves, and a comparison with pandas' NA is not a boolean.
        is_missing = bool(value != value)
    except Exception:
        is_missing = type(value).__name__ == "NAType"
    return "" if is_missing else str(value)


def _unknown_column(name: str, rows: Rows) -> str:
    similar = get_close_matches(name, rows.columns, 1)
    hint = f" Did you mean {{{{{similar[0]}}}}}?" if similar else ""
    listed = ", ".join(short_repr(column, 60) for column in rows.columns[:MAX_NAMED_COLUMNS])
    more = f" and {len(rows.columns) - MAX_NAMED_COLUMNS:,} more" if len(rows.columns) > MAX_NAMED_COLUMNS else ""
    return (
        f"The prompt has {{{{{name}}}}}, and the rows have no such column; they have {listed}{more}.{hint} Braces "
        "that are to be sent as they are go into a function of a row."
    )
