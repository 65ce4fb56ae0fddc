"""The user's own frames of a traceback, chains and groups."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from nbstream.explanation import traceback_text
from nbstream.explanation.traceback_text import (
    LeftOut,
    Place,
    as_text,
    failing_cell,
    innermost,
    message_of,
    places,
)

from .failing import failed


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the user's own beside the notebook."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    return tmp_path / "beside.py"


def test_a_library_between_is_counted_and_its_frames_are_left_out(module: Path) -> None:
    module.write_text("import pandas\n\n\ndef load(df):\n    return df['cty']\n")
    with failed("import pandas, beside\nbeside.load(\n  pandas.DataFrame({'city': [1]}),\n)") as error:
        text = as_text(error, failing_cell(error).filename)  # type: ignore[union-attr]
    assert text == dedent("""\
        KeyError: 'cty'

        The exception above was the direct cause of this one:
          Cell, line 2
          >    2 | beside.load(
          >    3 |   pandas.DataFrame({'city': [1]}),
          >    4 | )
          beside.py, line 5, in load
               1 | import pandas
               2 |\x20
               3 |\x20
               4 | def load(df):
          >    5 |     return df['cty']
               6 |\x20
          (2 frames in pandas left out)
        KeyError: 'cty'""")


def test_an_exception_in_a_called_module_has_its_cell_and_its_innermost_line(module: Path) -> None:
    module.write_text("def load(n):\n    return 1 / n\n")
    with failed("import beside\nbeside.load(0)") as error:
        cell, last = failing_cell(error), innermost(error)
        assert cell is not None
        assert last is not None
        assert (cell.title, last.title) == ("Cell, line 2", "beside.py, line 2, in load")


def test_a_thread_of_a_pool_is_part_of_the_traceback() -> None:
    source = (
        "from concurrent.futures import ThreadPoolExecutor as T\ndef g(x): return 1 / x\nlist(T().map(g, [0]))"
    )
    with failed(source) as error:
        lines = [place.first_line if isinstance(place, Place) else place.library for place in places(error)]
    assert lines == [3, "Python", 2]


def test_a_deep_recursion_is_shortened() -> None:
    with failed("def f(n): return f(n + 1)\nf(0)") as error:
        found = places(error)
        text = as_text(error, "")
    assert len(found) == 13
    assert isinstance(found[4], LeftOut)
    assert "frames of a deep recursion left out)" in text


def test_causes_contexts_and_groups_are_told_apart() -> None:
    source = dedent("""\
        try:
            1 / 0
        except ZeroDivisionError as first:
            try:
                {}["key"]
            except KeyError:
                group = ExceptionGroup("two", [first, ValueError("second")])
        raise group from OSError("cause")
        """)
    with failed(source) as error:
        text = as_text(error, failing_cell(error).filename)  # type: ignore[union-attr]
    assert text == dedent("""\
        OSError: cause

        The exception above was the direct cause of this one:
          Cell, line 8
          >    8 | raise group from OSError("cause")
        ExceptionGroup: two (2 sub-exceptions)

        Exception 1 of 2 in the group:
          Cell, line 2
          >    2 |     1 / 0
        ZeroDivisionError: division by zero

        Exception 2 of 2 in the group:
        ValueError: second""")
    with failed("try:\n  1 / 0\nexcept Exception:\n  raise KeyError('x')") as error:
        assert "While the exception above was handled, this one occurred:\n" in as_text(error, "")
    with failed("try:\n  1 / 0\nexcept Exception:\n  raise KeyError('x') from None") as error:
        assert "ZeroDivisionError" not in as_text(error, "")


def test_a_circle_and_a_large_group_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert as_text(one, "").count("ValueError") == 2
    group = ExceptionGroup("many", [ValueError(str(number)) for number in range(50)])
    assert as_text(group, "").count("ValueError") == traceback_text.MAX_EXCEPTIONS - 1


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = (", 1, "SyntaxError: "),
        ("a = 1\n  b = 2", 2, "IndentationError: unexpected indent"),
        ("a = 1\nb = 'x", 2, "SyntaxError: unterminated string literal"),
    ],
)
def test_a_syntax_error_has_its_line(source: str, line: int, message: str) -> None:
    with failed(source) as error:
        place = failing_cell(error)
        assert place is not None
        assert (place.first_line, place.frame) == (line, None)
        text = as_text(error, place.filename)
    assert text.splitlines()[0] == f"  Cell, line {line}"
    assert message in text
    assert "frames" not in text


def test_the_message_has_notes_and_no_secret_and_an_end() -> None:
    error = ValueError("cannot connect with password=hunter2")
    error.add_note("tried postgres://me:hunter2@host/db")
    assert message_of(error) == (
        "ValueError: cannot connect with password=[password removed]\ntried postgres://[login removed]@host/db"
    )
    assert len(message_of(ValueError("x" * 9_000))) < 4_050
    # A secret is not cut in half, so that the rest of it could not be recognized.
    cut = ValueError("x" * 3_980 + " sk-ant-api03-" + "y" * 50)
    assert "yy" not in message_of(cut)


def test_a_message_that_cannot_be_made_is_said() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert message_of(BrokenError()).endswith("BrokenError: <exception str() failed>")


def test_without_a_traceback_there_is_the_message_alone() -> None:
    assert as_text(ValueError("x"), "") == "ValueError: x"
    assert failing_cell(ValueError("x")) is innermost(ValueError("x")) is None
