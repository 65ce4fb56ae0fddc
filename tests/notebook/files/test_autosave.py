"""A conversation that lives in a file: written after each turn, and never over another one."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from pathlib import Path
from typing import Any

import anthropic
import pytest
from browser.lab import wait_until

import nbstream
from nbstream.core.log import Log
from nbstream.core.ops import NoticeChanged, Unqueued
from nbstream.kernel.event_loop import ThreadLoop
from nbstream.notebook.files.autosave import Autosave, ChatFile


def demo(*replies: Any) -> Any:
    return nbstream.demo(*replies, tokens_per_second=100_000, wait=0)


def messages_in(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))["messages"]


def test_a_chat_goes_on_from_its_file_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "review.json"
    chat = nbstream.chat("One", client=demo("First."), file=file, model="claude-haiku-4-5", system="Be brief.")
    assert messages_in(file) == chat.messages
    chat.ask("Two")
    assert len(messages_in(file)) == 4
    later = nbstream.chat("Three", client=demo("Third."), file=str(file))
    assert later.messages[:4] == chat.messages
    assert messages_in(file) == later.messages
    assert later._session.defaults["model"] == "claude-haiku-4-5"
    assert later._session.defaults["system"] == "Be brief."
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_chat_writes_nothing_before_its_first_question(tmp_path: Path) -> None:
    nbstream.chat(client=demo(), file=tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.anyio
async def test_a_chat_that_is_awaited_has_written_its_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    chat = await nbstream.chat("One", client=demo("First."), file=file, wait=False)
    assert messages_in(file) == chat.messages


def test_a_failed_turn_is_written_too(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    # Port 9 is nobody's.
    client = anthropic.AsyncAnthropic(api_key="k", base_url="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(anthropic.APIConnectionError):
        nbstream.chat("One", client=client, file=file)
    loaded = nbstream.load(file)
    assert (loaded.status, loaded.messages) == ("failed", [{"role": "user", "content": "One"}])


def test_the_file_of_another_chat_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    first = nbstream.chat("One", client=demo("First."), file=file)
    second = nbstream.chat("Two", client=demo("Second."), file=file)
    with pytest.raises(FileExistsError, match=r"a\.json was changed by another chat.*chat\.save\("):
        first.ask("Three")
    assert first.text == "First."
    assert messages_in(file) == second.messages
    third = nbstream.chat(client=demo("x"), file=tmp_path / "b.json")
    (tmp_path / "b.json").write_text("mine")
    with pytest.raises(FileExistsError, match="changed by another"):
        third.ask("Hi")
    assert (tmp_path / "b.json").read_text() == "mine"


def test_a_file_that_is_gone_is_written_again(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    chat = nbstream.chat("One", client=demo("First.", "Second."), file=file)
    file.unlink()
    chat.ask("Two")
    assert messages_in(file) == chat.messages


@pytest.mark.parametrize(
    ("file", "error", "said"),
    [
        ("a.md", ValueError, r"file is 'a\.md'; give a path that ends in \.json"),
        (7, TypeError, 'file is 7; give a path, as in file="review.json"'),
        ("nowhere/a.json", FileNotFoundError, "There is no folder"),
    ],
)
def test_a_path_that_can_be_no_file_is_refused_before_anything_is_sent(
    file: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        nbstream.chat("Hi", client=demo("x"), file=file)


def test_a_single_message_and_a_comparison_have_no_file(tmp_path: Path) -> None:
    chat = nbstream.chat(client=demo("x"))
    with pytest.raises(TypeError, match="file belongs to the whole chat"):
        chat.ask("Hi", file="a.json")
    with pytest.raises(TypeError, match="compare takes no file"):
        nbstream.compare("Hi", ["a", "b"], file=tmp_path / "a.json")


def test_what_nobody_waits_for_is_written_by_a_worker_and_its_failure_is_logged_and_shown_once(
    tmp_path: Path, own: ThreadLoop, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log()
    texts: list[str] = []
    changes: list[str] = []

    def text() -> str:
        texts.append("x")
        return "x"

    file = ChatFile(tmp_path / "a.json")
    autosave = Autosave(file, log, text, own, lambda: changes.append(threading.current_thread().name))
    log.add(Unqueued("k"))
    for _ in range(2):
        own.call(autosave.schedule)
    wait_until(lambda: not autosave._tasks)
    assert (file.path.read_text(), texts, changes) == ("x", ["x"], [])
    file.path.write_text("mine")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            log.add(Unqueued("k"))
            own.call(autosave.schedule)
            wait_until(lambda: not autosave._tasks)
    own.call(lambda: None)
    assert "could not be written to its file" in caplog.text
    assert (file.path.read_text(), len(changes)) == ("mine", 1)
    assert changes[0] != threading.current_thread().name
    [notice] = [op for op in log.read_from(0, log.seq)[0] if isinstance(op, NoticeChanged)]
    assert "was changed by another chat" in notice.message


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("odd"), "OSError: odd"),
        (RuntimeError("odd"), "RuntimeError: odd"),
    ],
)
def test_a_failure_is_explained_with_what_to_do(tmp_path: Path, error: Exception, reason: str) -> None:
    said = ChatFile(tmp_path / "a.json").explain(error)
    assert said.startswith(f"{tmp_path / 'a.json'} could not be written: {reason}. The next turn tries again.")
    assert 'chat.save("other.json")' in said


def notices_of(chat: nbstream.Chat) -> list[str]:
    log = chat._session.conversation.transcript.log
    return [op.message for op in log.read_from(0, log.seq)[0] if isinstance(op, NoticeChanged)]


def test_pages_are_told_that_the_file_is_not_written_until_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    chat = nbstream.chat("One", client=demo("First.", "Second.", "Third."), file=folder / "a.json")
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        chat.ask("Two")
    wait_until(lambda: notices_of(chat))
    assert "a.json could not be written: No such file or directory." in notices_of(chat)[0]
    folder.mkdir()
    chat.ask("Three")
    wait_until(lambda: notices_of(chat)[-1] == "")
    assert len(notices_of(chat)) == 2
    assert messages_in(folder / "a.json") == chat.messages
