"""File of a chat that is written after each turn (`nbstream.chat(…, file="review.json")`)."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.log import Log
from ...core.ops import NoticeChanged
from ...core.short_repr import short_repr
from ...kernel.event_loop import ReplyLoop
from .save import writable_path, write_atomically

logger = logging.getLogger("nbstream")

Stamp = tuple[int, int, int]
"""The inode, the time of the last change in nanoseconds, and the size of a file in bytes."""


class ChatFile:
    """The file in which a conversation lives. Its methods may be called from any thread.

    Another program, or a chat of the same file that a cell made before, may have written to the file in the
    meantime. Its conversation is never overwritten.

    Args:
        path: The file's path, which ends in `.json`. A leading `~` means the home folder.

    Attributes:
        path: The path, with the home folder written out.

    Raises:
        TypeError: The path is none.
        ValueError: The path does not end in `.json`.
        FileNotFoundError: The folder does not exist.
        IsADirectoryError: The path is a folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f'file is {short_repr(path, 60)}; give a path, as in file="review.json".')
        if Path(path).suffix.lower() != ".json":
            raise ValueError(
                f"file is {os.fspath(path)!r}; give a path that ends in .json. For the text alone there is "
                'chat.save("review.md").'
            )
        self.path = writable_path(path, overwrite=True)
        self._lock = threading.Lock()
        self._stamp = self._read_stamp()
        self._written_position = -1

    @property
    def exists(self) -> bool:
        """Whether there was a file when the chat was made."""
        return self._stamp is not None

    def leave_alone(self) -> None:
        """Have `save` refuse to write over the file, because it holds another conversation."""
        self._stamp = None

    def save(self, position: int, text: Callable[[], str]) -> None:
        """Write the conversation, unless the file has all of it already.

        Args:
            position: The position of the log's end.
            text: Returns the file's text.

        Raises:
            FileExistsError: Another chat or program has written to the file.
            OSError: The file cannot be written.
        """
        with self._lock:
            if position <= self._written_position:
                return
            if self._read_stamp() not in (None, self._stamp):
                raise FileExistsError(
                    f"{self.path} was changed by another chat or program since this chat has read or written it, "
                    'so this conversation was not written to it. Keep it with chat.save("other.json"), or go on '
                    f"from the file with nbstream.chat(…, file={str(self.path)!r}). nbstream.last is the chat "
                    "used last."
                )
            write_atomically(self.path, text())
            self._stamp = self._read_stamp()
            self._written_position = position

    def explain(self, error: Exception) -> str:
        """Return what `save` has raised, and the remedy, in words for the user of a page."""
        if isinstance(error, FileExistsError):
            return str(error)
        reason = (isinstance(error, OSError) and error.strerror) or f"{type(error).__name__}: {error}"
        return (
            f"{self.path} could not be written: {reason}. The next turn tries again. To keep this "
            'conversation elsewhere, run chat.save("other.json"); nbstream.last is the chat used last.'
        )

    def _read_stamp(self) -> Stamp | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


class Autosave:
    """Writes a conversation to its file when a turn has begun and when it has ended.

    Args:
        file: The file; `None` for a chat that has none.
        log: The conversation's log, whose length tells whether there is anything to write.
        text: Returns the file's text.
        loop: The loop of the conversation.
        on_change: Called on the loop when the log has got a notice for pages.
    """

    def __init__(
        self,
        file: ChatFile | None,
        log: Log,
        text: Callable[[], str],
        loop: ReplyLoop,
        on_change: Callable[[], None],
    ) -> None:
        self._file = file
        self._log = log
        self._text = text
        self._loop = loop
        self._on_change = on_change
        # What the pages say about the file.
        self._notice = ""
        # A loop keeps only weak references to its tasks.
        self._tasks: set[asyncio.Future[None]] = set()

    def schedule(self) -> None:
        """Write the file soon. Called on the loop of the conversation."""
        if self._file is not None:
            save = self._loop.run_in_thread(self._save_or_warn, self._file, self._log.seq)
            task = asyncio.ensure_future(save)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write the file at the end of a wait for a reply, so that the caller finds it written.

        Raises:
            OSError: The file cannot be written. An error of the reply itself comes first.
        """
        try:
            yield
        except BaseException:
            if self._file is not None:
                self._save_or_warn(self._file, self._log.seq)
            raise
        if self._file is not None:
            self._save(self._file, self._log.seq)

    def _save_or_warn(self, file: ChatFile, position: int) -> None:
        """Write the file; log a warning if that fails, because no caller waits."""
        try:
            self._save(file, position)
        except Exception as error:
            logger.warning("A conversation could not be written to its file: %s", error)

    def _save(self, file: ChatFile, position: int) -> None:
        try:
            file.save(position, self._text)
        except Exception as error:
            self._loop.post(self._change_notice, file.explain(error))
            raise
        self._loop.post(self._change_notice, "")

    def _change_notice(self, message: str) -> None:
        """Have the pages say why the file could not be written; "" ends that."""
        if message != self._notice:
            self._notice = message
            self._log.add(NoticeChanged(message))
            self._on_change()
