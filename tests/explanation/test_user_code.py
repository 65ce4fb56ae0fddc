"""Which code is the user's, and how its places are named."""

from __future__ import annotations

import json
import linecache
from pathlib import Path

import pandas
import pytest

import nbstream
from nbstream.explanation import user_code
from nbstream.explanation.user_code import is_cell, is_own, library_of_file, lines_of, place_of


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a cell's source, as ipykernel gives it."""
    name = "/tmp/ipykernel_0/1.py"
    monkeypatch.setitem(linecache.cache, name, (9, None, ["x = 1\n", "\n", "password = 'hunter2'\n"], name))
    return name


def test_a_cell_is_the_users_and_has_its_number(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_cell(cell)
    assert is_own(cell)
    assert place_of(cell) == "Cell"
    monkeypatch.setattr(user_code, "_cell_numbers", lambda: {cell: 7})
    assert place_of(cell) == "Cell In[7]"
    assert lines_of(cell) == ["x = 1", "", 'password = "[password removed]"', ""]


def test_a_cell_that_the_debugger_has_written_to_a_file_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "1.py"
    file.write_text("x = 1")
    assert not is_cell(str(file))
    monkeypatch.setattr(user_code, "_cell_numbers", lambda: {str(file): 7})
    assert is_cell(str(file))


def test_a_file_beside_the_notebook_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "sub" / "mine.py"
    file.parent.mkdir()
    file.write_text("a = 1\n")
    assert is_own(str(file))
    assert place_of(str(file)) == str(Path("sub", "mine.py"))
    assert lines_of(str(file)) == ["a = 1", ""]
    file.write_text("a = 2\nb = 3\n")
    assert lines_of(str(file)) == ["a = 2", "b = 3", ""]


def test_a_file_outside_of_the_folder_has_no_folders_in_its_name(tmp_path: Path) -> None:
    assert place_of(str(tmp_path / "mine.py")) == "mine.py"


@pytest.mark.parametrize(
    ("filename", "library"),
    [
        (json.__file__, "Python"),
        (pandas.__file__, "pandas"),
        ("/opt/lib/python3/site-packages/six.py", "six"),
        ("/usr/lib/python3/dist-packages/numpy/core/x.py", "numpy"),
        (nbstream.__file__, "nbstream"),
        ("/home/me/site-packages.py", None),
        ("/home/me/mine.py", None),
    ],
)
def test_a_library_is_known_by_its_folder(filename: str, library: str | None) -> None:
    assert library_of_file(filename) == library


@pytest.mark.parametrize(
    ("filename", "own"),
    [
        ("<ipython-input-1-9e1622b385b6>", True),
        ("<stdin>", True),
        ("<string>", False),
        ("<frozen importlib._bootstrap>", False),
        ("<attrs generated init mine.Point>", False),
        ("pandas/_libs/index.pyx", False),
        ("/home/me/gone.py", False),
    ],
)
def test_generated_code_and_missing_files_are_not_the_users(filename: str, own: bool) -> None:
    assert is_own(filename) is own


def test_the_prompt_of_a_terminal_is_named_input() -> None:
    assert place_of("<stdin>") == "Input"
    assert lines_of("<stdin>") == []


def test_of_a_source_that_is_too_long_no_line_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_code, "MAX_SOURCE_CHARS", 5)
    file = tmp_path / "long.py"
    file.write_text("a = 12345")
    assert lines_of(str(file)) == []
