"""The file of a run's answers: what it keeps after any crash, and what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.batch.run.answer_file import AnswerFile

PARTS = {"model": "1", "prompt": "2"}


def written(path: Path, answers: dict[str, str], parts: dict[str, str] = PARTS) -> None:
    file = AnswerFile(path, parts)
    file.open()
    for key, text in answers.items():
        file.append(key, {"text": text, "row": 1})
    file.close()


def read(path: Path) -> dict[str, str]:
    return AnswerFile(path, PARTS).answers


def test_answers_are_in_the_file_at_once_and_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    file = AnswerFile(path, PARTS)
    assert not path.exists()
    file.open()
    assert json.loads(path.read_text()) == {"format": "nbstream.map", "version": 1, "parts": PARTS}
    file.append("a", {"text": 'Zeile\n"\udc80€', "usage": {"input_tokens": 1}})
    assert read(path) == {"a": 'Zeile\n"\udc80€'}
    file.append("a", {"text": "later"})
    file.append("b", {"text": ""})
    assert read(path) == {"a": "later", "b": ""}
    file.close()
    assert path.read_bytes().isascii()


@given(answers=st.dictionaries(st.text(min_size=1), st.text(), max_size=4), data=st.data())
def test_any_cut_leaves_all_whole_lines_and_the_file_goes_on(
    answers: dict[str, str], data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    path.unlink(missing_ok=True)
    written(path, answers)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut] + b"\0" * data.draw(st.sampled_from([0, 0, 5])) * (cut < len(whole)))
    kept = max(0, whole[:cut].count(b"\n") - 1)
    assert list(read(path).items()) == list(answers.items())[:kept]
    written(path, {"new": "text"})
    assert list(read(path).items()) == list({**dict(list(answers.items())[:kept]), "new": "text"}.items())
    lines = path.read_bytes().split(b"\n")
    assert all(json.loads(line) for line in lines[:-1])
    assert lines[-1] == b""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n", "its first line is not one of nbstream.map"),
        ("no line end", "its first line is not one of nbstream.map"),
        ('{"format": "nbstream.chat", "version": 1}\n', "its first line is not one of nbstream.map"),
        ('{"format": "nbstream.map", "version": 2}\n', "newer nbstream.*pip install -U nbstream"),
        ('{"format": "nbstream.map", "version": "x", "parts": {}}\n', "it has the version 'x'"),
        ('{"format": "nbstream.map", "version": 1, "parts": {"model": "1", "prompt": "9"}}\n', "another prompt"),
        (
            '{"format": "nbstream.map", "version": 1, "parts": {"model": "8", "system": "7", "prompt": "2"}}\n',
            "another model and another system",
        ),
        (
            f'{{"format": "nbstream.map", "version": 1, "parts": {json.dumps(PARTS)}}}\n{{"key": 1}}\n',
            "Line 2 of .* is damaged.*Delete that line",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_and_never_changed(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=words):
        AnswerFile(path, PARTS)
    assert path.read_text() == content


def test_other_paths_are_refused(tmp_path: Path) -> None:
    for path, error, words in (
        (7, TypeError, "file is 7"),
        (tmp_path / "labels.json", ValueError, r"\.jsonl"),
        (tmp_path / "none" / "labels.jsonl", FileNotFoundError, "no folder"),
    ):
        with pytest.raises(error, match=words):
            AnswerFile(path, PARTS)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_two_runs_never_write_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    one, other = AnswerFile(path, PARTS), AnswerFile(path, PARTS)
    one.open()
    one.open()
    with pytest.raises(BlockingIOError, match=r"Another run writes to .*batch\.stop"):
        other.open()
    one.append("a", {"text": "A"})
    one.close()
    one.close()
    other.open()
    assert other.answers == {"a": "A"}
    other.close()


def test_a_system_without_locks_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    written(tmp_path / "labels.jsonl", {"a": "A"})
    assert read(tmp_path / "labels.jsonl") == {"a": "A"}
