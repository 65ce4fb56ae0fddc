"""The question about an exception, as the text of a message."""

from __future__ import annotations

import builtins
import platform
import re
from collections.abc import Iterable, Iterator

from .line_names import describe_names, imported_packages, names_in, packages_of, versions_of
from .secrets import redact_tokens
from .traceback_text import LeftOut, Place, as_text, chain, failing_cell, innermost, places
from .user_code import lines_of, place_of

DEFAULT_QUESTION = "Explain this error, and say how to mend it."

MAX_CELL_LINES = 400
"""The most lines of the failing cell; of a longer one those around the failing line are sent."""

_BACKTICKS = re.compile("`+")


def question_text(error: BaseException, question: str | None = None) -> str:
    """Write the message that asks about an exception. Values and secrets are not in it.

    Args:
        error: The exception.
        question: The user's question, which is sent as it is; by default `DEFAULT_QUESTION`.
    """
    cell = failing_cell(error)
    whole_source = "" if cell is None else cell.filename
    parts = ["Traceback, without the frames of libraries:\n\n" + _fenced(as_text(error, whole_source))]
    if cell is not None and (source := _cell_source(cell)):
        parts.append(f"{place_of(cell.filename)}:\n\n{_fenced(source, 'python')}")
    named = {place.filename + str(place.first_line): place for place in (cell, innermost(error)) if place}
    values = []
    for place in named.values():
        names = names_in(place)
        values += list(names.values())
        if lines := list(describe_names(names, vars(builtins))):
            parts.append(f"The names in {place.title}:\n\n" + "\n".join(lines))
    packages = {*_libraries(error), *packages_of(values), *(imported_packages(whole_source) if cell else ())}
    parts.append(", ".join([f"Versions: Python {platform.python_version()}", *versions_of(packages)]))
    # The user's own words are sent as they are.
    return "\n\n".join([(question or "").strip() or DEFAULT_QUESTION, redact_tokens("\n\n".join(parts))])


def _libraries(error: BaseException) -> Iterable[str]:
    for _, each in chain(error):
        yield from (part.library for part in places(each) if isinstance(part, LeftOut))


def _cell_source(cell: Place) -> str:
    lines = lines_of(cell.filename)
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) <= MAX_CELL_LINES:
        return "\n".join(lines)
    begin = max(0, min(cell.first_line - MAX_CELL_LINES // 2, len(lines) - MAX_CELL_LINES))
    return "\n".join(_excerpt(lines, begin, begin + MAX_CELL_LINES))


def _excerpt(lines: list[str], begin: int, end: int) -> Iterator[str]:
    if begin:
        yield f"# … lines 1 to {begin:,} left out"
    yield from lines[begin:end]
    if end < len(lines):
        yield f"# … lines {end + 1:,} to {len(lines):,} left out"


def _fenced(text: str, language: str = "") -> str:
    """Put a text into a code block, with a fence that is longer than any in the text."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
