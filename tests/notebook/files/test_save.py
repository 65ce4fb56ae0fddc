"""Files that are written whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from nbstream.notebook.files.save import writable_path, write_atomically


def test_a_file_is_utf_8_and_replaces_the_one_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "chat.md"
    file.write_text("before")
    assert write_atomically(file, "Ünïcode 日本語 😀\r\n\ud83d end\n") == file
    assert file.read_bytes().decode() == "Ünïcode 日本語 😀\r\n? end\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_replaced_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "chat.md", tmp_path / "link.md"
    file.write_text("before")
    file.chmod(0o600)
    link.symlink_to(file)
    assert write_atomically(link, "after") == link
    assert link.is_symlink()
    assert file.read_text() == "after"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_saving_keeps_the_old_file_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "chat.md"
    file.write_text("before")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(file, "after")
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_saving_where_no_file_can_be_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"is a folder; name the file in it, as in .*chat\.md"):
        writable_path(tmp_path, overwrite=True)
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*missing; make it first"):
        writable_path(tmp_path / "missing" / "chat.md", overwrite=True)


def test_an_existing_file_is_replaced_only_where_that_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "chat.md"
    assert writable_path(str(file), overwrite=False) == file
    file.touch()
    with pytest.raises(FileExistsError, match=r"chat\.md exists; replace it with overwrite=True"):
        writable_path(file, overwrite=False)
    assert writable_path(file, overwrite=True) == file


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert writable_path("~/chat.md", overwrite=False) == tmp_path / "chat.md"
