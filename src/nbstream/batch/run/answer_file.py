"""File of a run (`nbstream.map(…, file="labels.jsonl")`): one line for each row that has an answer.

The first line says which prompt the answers belong to. Each answer is appended and handed to the system at once,
so that a kernel that is killed loses none that was paid for. A kernel that dies in the middle of a line leaves a
torn one, which the next run cuts off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ...core.short_repr import short_repr
from ...notebook.files.save import writable_path

FORMAT = "nbstream.map"

FORMAT_VERSION = 1
"""The version of the file. A change that older readers would misunderstand raises it."""


class AnswerFile:
    """The answers of one run and of those before it. Use it on one thread at a time.

    Args:
        path: The file's path, which ends in `.jsonl`. A leading `~` means the home folder.
        parts: A hash for each part of the run that all its rows share; see `RowKeys.parts`.

    Attributes:
        path: The path, with the home folder written out.
        answers: The text of each answer, by the key of its row.

    Raises:
        TypeError: The path is none.
        ValueError: The file is none that `nbstream.map` wrote, is damaged, or has the answers to another prompt.
        OSError: The file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], parts: Mapping[str, str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f'file is {short_repr(path, 60)}; give a path, as in file="labels.jsonl".')
        if Path(path).suffix.lower() != ".jsonl":
            raise ValueError(
                f'file is {os.fspath(path)!r}; give a path that ends in .jsonl, as in file="labels.jsonl".'
            )
        self.path = writable_path(path, overwrite=True)
        self.answers: dict[str, str] = {}
        self._parts = dict(parts)
        self._opened: BinaryIO | None = None
        # The file is read already here, so that one of another prompt is refused before anything is sent.
        if self.path.exists():
            self._read(self.path.read_bytes())

    def open(self) -> None:
        """Open the file for the run, cut off a torn line, and write the first line of a new file.

        Raises:
            BlockingIOError: Another run writes to the file.
            OSError: The file cannot be written.
        """
        if self._opened is not None:
            return
        file = self.path.open("a+b")
        try:
            _lock(file, self.path)
            # Another run may have written since the file was read.
            file.seek(0)
            size = self._read(file.read())
            file.truncate(size)
            if not size:
                file.write(_line({"format": FORMAT, "version": FORMAT_VERSION, "parts": self._parts}))
                file.flush()
        except BaseException:
            file.close()
            raise
        self._opened = file

    def append(self, key: str, answer: Mapping[str, Any]) -> None:
        """Append the answer of a row, and hand it to the system.

        Args:
            key: The row's key.
            answer: JSON-ready data with the answer's `text`.

        Raises:
            OSError: The file cannot be written.
        """
        assert self._opened is not None
        self._opened.write(_line({"key": key, **answer}))
        self._opened.flush()
        self.answers[key] = answer["text"]

    def close(self) -> None:
        """Close the file. Another run may write to it then."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _read(self, data: bytes) -> int:
        """Read the answers, and return the number of bytes up to the end of the last whole line."""
        size = data.rfind(b"\n") + 1
        lines = data[:size].split(b"\n")[:-1]
        if not lines:
            # After a power cut, a file may end in zeros.
            if not _may_begin_header(data.rstrip(b"\0")):
                raise ValueError(self._foreign("its first line is not one of nbstream.map"))
            return 0
        self._check_header(lines[0])
        self.answers = {}
        for number, line in enumerate(lines[1:], 2):
            record = _parsed(line)
            key, text = record.get("key"), record.get("text")
            if not isinstance(key, str) or not isinstance(text, str):
                raise ValueError(
                    f"Line {number} of {self.path} is damaged: {short_repr(line.decode(errors='replace'), 60)}. "
                    "Delete that line; its row will be asked again."
                )
            self.answers[key] = text
        return size

    def _check_header(self, line: bytes) -> None:
        header = _parsed(line)
        if header.get("format") != FORMAT:
            raise ValueError(self._foreign("its first line is not one of nbstream.map"))
        version = header.get("version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise ValueError(
                f"{self.path} was written by a newer nbstream: its format is version {version}, and this nbstream "
                f"reads version {FORMAT_VERSION}. Update with pip install -U nbstream and restart the kernel."
            )
        parts = header.get("parts")
        if version != FORMAT_VERSION or not isinstance(parts, dict):
            raise ValueError(self._foreign(f"it has the version {short_repr(version, 60)}"))
        names = {*parts, *self._parts}
        if other := sorted(name for name in names if parts.get(name) != self._parts.get(name)):
            raise ValueError(self._foreign(f"its answers are to another {' and another '.join(other)}"))

    def _foreign(self, reason: str) -> str:
        return f"{self.path} is not the file of this run: {reason}. Name another file, or move this one away."


def _line(record: Mapping[str, Any]) -> bytes:
    # ASCII alone: half a character of a surrogate pair is no UTF-8, and no cut falls into a character.
    return json.dumps(record).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any]:
    """Return the object of a line; an empty one if the line has none."""
    with suppress(ValueError):
        record = json.loads(line)
        if isinstance(record, dict):
            return record
    return {}


def _may_begin_header(data: bytes) -> bool:
    """Return whether a file without a whole line may be the torn first line of one of ours."""
    begin = _line({"format": FORMAT})[: -len(b"}\n")]
    return data.startswith(begin[: len(data)])


def _lock(file: BinaryIO, path: Path) -> None:
    """Lock a file until it is closed, also against other runs of this process. Some systems have no locks.

    Raises:
        BlockingIOError: Another run has locked the file.
    """
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(
            f"Another run writes to {path}, perhaps in another kernel. Stop it (batch.stop()) or wait for its "
            "end, so that no row is paid twice."
        ) from error
    except OSError:
        # Some file systems have no locks.
        return
