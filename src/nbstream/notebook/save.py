"""Text files that are written whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], text: str) -> Path:
    """Write `text` as UTF-8; a file that is already there is replaced in one step at the end.

    Args:
        path: The file; a leading `~` is the home folder.
        text: Its content; halves of surrogate pairs become `?`.

    Returns:
        The file's path.

    Raises:
        FileNotFoundError: The folder does not exist.
        IsADirectoryError: The path is a folder.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise IsADirectoryError(f"{file} is a folder; name the file in it, as in {file / 'chat.md'}.")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {file.parent}; make it first, or save elsewhere.")
    # The draft lies beside the file, because a rename is atomic only within one file system.
    draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        draft.write_bytes(text.encode("utf-8", "replace"))
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file
