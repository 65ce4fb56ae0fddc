"""Atomic writing of text files: a file is written completely or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path


def writable_path(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Return the path of a file that can be written. A leading `~` means the home folder.

    Args:
        path: The path that the user gave.
        overwrite: Whether an existing file may be replaced.

    Raises:
        FileExistsError: The file exists, and `overwrite` is not set.
        FileNotFoundError: The folder does not exist.
        IsADirectoryError: The path is a folder.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise IsADirectoryError(f"{file} is a folder; name the file in it, as in {file / 'chat.md'}.")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {file.parent}; make it first, or save elsewhere.")
    if file.exists() and not overwrite:
        raise FileExistsError(f"{file} exists; replace it with overwrite=True, or give another name.")
    return file


def write_atomically(file: Path, text: str) -> Path:
    """Write `text` to a file in UTF-8. An existing file is replaced in one step after everything was written.

    Args:
        file: The file's path, which `writable_path` has checked.
        text: The file's content. Halves of surrogate pairs become `?`.

    Returns:
        The file's path.
    """
    # A link stays one, and the file that it names is replaced.
    target = file.resolve()
    # The draft is written to the file's own folder, because a rename is atomic only within one file system.
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with draft.open("wb") as written:
            written.write(text.encode("utf-8", "replace"))
            written.flush()
            # Without this, a power cut right after the rename could leave an empty file in place of the old one.
            os.fsync(written.fileno())
        if target.exists():
            # The owner of the old file may have hidden it from others.
            shutil.copymode(target, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return file
