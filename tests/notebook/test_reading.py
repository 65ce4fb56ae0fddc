"""What a chat gives to read, over a conversation that a test writes; the real thing is in test_widget.py."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nbstream.claude.usage import UsageMeter
from nbstream.conversation.conversation import Conversation
from nbstream.core.ops import Status
from nbstream.notebook.reading import Reading


def reading(text: str = "Hello") -> Reading:
    made = Reading()
    made._conversation = Conversation(None, {}, [{"role": "user", "content": text}], time.monotonic)
    return made


def test_before_the_first_question_there_is_nothing_and_nothing_fails() -> None:
    chat = reading()
    assert (chat.text, chat.thinking, chat.message, chat.error) == ("", "", None, None)
    assert (chat.status, chat.stop_reason) == ("idle", None)
    assert chat.messages == [{"role": "user", "content": "Hello"}]
    assert chat.to_markdown() == "**You**\n\nHello\n"


def test_state_reason_and_usage_are_the_transcripts() -> None:
    chat = reading()
    transcript = chat._conversation.transcript
    transcript.ask(0.0)
    assert (chat.status, chat.stop_reason) == ("waiting", None)
    transcript.move(Status.STOPPED, 1.0, stop_reason="user", usage={"input_tokens": 7})
    assert (chat.status, chat.stop_reason) == ("stopped", "user")
    assert (chat.usage.input_tokens, chat.usage.output_tokens) == (7, 0)


def test_the_cost_is_that_of_all_replies_and_usage_has_the_sdks_fields() -> None:
    chat = reading()
    assert chat.cost == 0
    bill = UsageMeter("claude-opus-4-8")
    bill.count({"input_tokens": 1_000_000})
    chat._conversation.bills += [bill, bill]
    assert chat.cost == pytest.approx(10)
    chat._conversation.bills.append(UsageMeter("claude-demo"))
    assert chat.cost is None
    transcript = chat._conversation.transcript
    for _ in range(2):
        transcript.ask(0.0)
        searches = {"web_search_requests": 2, "web_fetch_requests": 0}
        transcript.move(Status.DONE, 1.0, usage={"input_tokens": 7, "server_tool_use": searches})
    assert (chat.usage.input_tokens, chat.usage.server_tool_use.web_search_requests) == (14, 4)


def test_a_saved_conversation_is_its_markdown_and_replaces_what_was_there(tmp_path: Path) -> None:
    chat = reading("Ünïcode 日本語 😀\r\n\ud83d end")
    file = tmp_path / "chat.md"
    file.write_text("before")
    assert chat.save(str(file)) == file
    assert file.read_bytes().decode() == "**You**\n\nÜnïcode 日本語 😀\r\n? end\n"
    assert list(tmp_path.iterdir()) == [file]


def test_saving_keeps_what_was_there_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "chat.md"
    file.write_text("before")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        reading().save(file)
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_saving_where_no_file_can_be_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"is a folder; name the file in it, as in .*chat\.md"):
        reading().save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*missing; make it first"):
        reading().save(tmp_path / "missing" / "chat.md")


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reading().save("~/chat.md") == tmp_path / "chat.md"
