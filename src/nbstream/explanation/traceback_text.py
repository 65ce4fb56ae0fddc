"""Traceback of an exception as text: the user's own frames with their lines, and how many frames were left out."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType

from .secrets import redact
from .user_code import is_cell, is_own, library_of_file, lines_of, place_of

MAX_MESSAGE_CHARS = 4_000
"""The most characters of an exception's message."""

MAX_FIRST_FRAMES, MAX_LAST_FRAMES = 4, 8
"""The frames of the user that are shown of a deep traceback, at its beginning and its end."""

MAX_CONTEXT_LINES = 4
"""The lines that are shown before and after the line of a frame."""

MAX_EXCEPTIONS = 12
"""The most exceptions of a chain or of a group that are shown."""


@dataclass(frozen=True)
class Place:
    """A line of the user's code in a traceback.

    Attributes:
        filename: The name of its source, as Python knows it.
        first_line: The first line of the failing expression, from 1.
        last_line: Its last line.
        function: The function that the line is in.
        frame: The frame; `None` for a syntax error, which has none.
    """

    filename: str
    first_line: int
    last_line: int
    function: str = ""
    frame: FrameType | None = None

    @property
    def title(self) -> str:
        """The place in words, such as `Cell In[3], line 2, in load`."""
        inside = f", in {self.function}" if self.function not in ("", "<module>") else ""
        return f"{place_of(self.filename)}, line {self.first_line}{inside}"


@dataclass(frozen=True)
class LeftOut:
    """Frames between the user's own that are not shown.

    Attributes:
        library: The package that they are in; empty for the user's own frames of a deep recursion.
        count: Their number.
    """

    library: str
    count: int


def places(error: BaseException) -> list[Place | LeftOut]:
    """Return the user's own lines in the traceback of one exception, outermost first."""
    found: list[Place | LeftOut] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if is_own(filename):
            last = _last_line(trace.tb_frame.f_code, trace.tb_lasti) or trace.tb_lineno
            name = trace.tb_frame.f_code.co_name
            found.append(Place(filename, trace.tb_lineno, max(last, trace.tb_lineno), name, trace.tb_frame))
        elif found:
            # The frames before the first own one are those of the program that runs the cells.
            library = library_of_file(filename) or _package_of(trace.tb_frame)
            before = found[-1]
            if isinstance(before, LeftOut) and before.library == library:
                found[-1] = LeftOut(library, before.count + 1)
            else:
                found.append(LeftOut(library, 1))
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno and is_own(error.filename):
        # The frames after the last own one are those of the compiler.
        while found and isinstance(found[-1], LeftOut):
            found.pop()
        found.append(Place(error.filename, error.lineno, error.end_lineno or error.lineno))
    return _shorten(found)


def chain(error: BaseException) -> list[tuple[str, BaseException]]:
    """Return the exceptions that led to one, the first one first, and the exceptions of groups after their group.

    Each comes with the words that introduce it.
    """
    found: list[tuple[str, BaseException]] = []
    seen: set[int] = set()

    def add(each: BaseException, title: str) -> None:
        if id(each) in seen or len(seen) >= MAX_EXCEPTIONS:
            return
        seen.add(id(each))
        if each.__cause__ is not None:
            add(each.__cause__, title)
            title = "The exception above was the direct cause of this one:"
        elif each.__context__ is not None and not each.__suppress_context__:
            add(each.__context__, title)
            title = "While the exception above was handled, this one occurred:"
        found.append((title, each))
        if isinstance(each, BaseExceptionGroup):
            for number, part in enumerate(each.exceptions, 1):
                add(part, f"Exception {number} of {len(each.exceptions)} in the group:")

    add(error, "")
    return found


def message_of(error: BaseException) -> str:
    """Return the type and the message of an exception without secrets, with its notes."""
    if isinstance(error, SyntaxError) and error.filename and is_own(error.filename):
        # The line that Python quotes may be the middle one of a secret, so it is taken from the whole source.
        lines = [f"{type(error).__name__}: {error.msg}", *map(str, getattr(error, "__notes__", ()))]
        text = "\n".join(lines)
    else:
        text = "".join(traceback.format_exception_only(error)).rstrip()
    text = redact(text)
    return text if len(text) <= MAX_MESSAGE_CHARS else text[:MAX_MESSAGE_CHARS] + " … (cut)"


def as_text(error: BaseException, whole_source: str) -> str:
    """Write the traceback of an exception with those that led to it.

    Args:
        error: The exception.
        whole_source: The name of the source that is sent as a whole, so that a line of it needs no lines around.
    """
    blocks = []
    for title, each in chain(error):
        lines = [title] if title else []
        for place in places(each):
            lines += _place_lines(place, whole_source)
        blocks.append("\n".join([*lines, message_of(each)]))
    return "\n\n".join(blocks)


def _place_lines(place: Place | LeftOut, whole_source: str) -> Iterator[str]:
    if isinstance(place, LeftOut):
        frames = "1 frame" if place.count == 1 else f"{place.count:,} frames"
        yield f"  ({frames} {'in ' + place.library if place.library else 'of a deep recursion'} left out)"
        return
    yield f"  {place.title}"
    around = 0 if place.filename == whole_source else MAX_CONTEXT_LINES
    source = lines_of(place.filename)
    for number in range(place.first_line - around, place.last_line + around + 1):
        if 0 < number <= len(source):
            sign = ">" if place.first_line <= number <= place.last_line else " "
            yield f"  {sign} {number:>4} | {source[number - 1]}"


def _package_of(frame: FrameType) -> str:
    """Return the package of a frame whose file does not tell it, as those that Cython has compiled."""
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if type(name) is str and name != "__main__" else "generated code"


def _last_line(code: CodeType, instruction: int) -> int | None:
    """Return the last line of the expression that an instruction of a code belongs to."""
    positions = list(code.co_positions())
    index = instruction // 2
    return positions[index][1] if 0 <= index < len(positions) else None


def _shorten(found: list[Place | LeftOut]) -> list[Place | LeftOut]:
    most = MAX_FIRST_FRAMES + MAX_LAST_FRAMES
    if len(found) <= most:
        return found
    return [
        *found[:MAX_FIRST_FRAMES],
        LeftOut("", len(found) - most),
        *found[-MAX_LAST_FRAMES:],
    ]


def failing_cell(error: BaseException) -> Place | None:
    """Return the line of the cell that the user ran and that failed; `None` if no cell has a part in it."""
    return next((place for place in _own_places(error) if is_cell(place.filename)), None)


def innermost(error: BaseException) -> Place | None:
    """Return the last of the user's own lines, in which the exception was raised or a library was called."""
    return next(iter(reversed(_own_places(error))), None)


def _own_places(error: BaseException) -> list[Place]:
    return [place for place in places(error) if isinstance(place, Place)]
