"""Tests of the files that a chat is saved to: its text, or all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nbstream
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript
from nbstream.notebook.files.chat_file import chat_text, check_suffix

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
DEFAULTS = {"model": "m", "max_tokens": 9, "system": "Be brief.", "extra_headers": {"x-api-key": "sk-secret"}}


def conversation() -> Transcript:
    """A question with a picture, and two versions of its answer."""
    transcript = Transcript()
    transcript.add_turn("user", [IMAGE, {"type": "text", "text": "What is this? 日本"}])
    for text in ("A cat.", "A dog."):
        reply = transcript.open_reply(0.0, transcript.turns[0].id)
        transcript.open_block("text")
        transcript.add_text(text)
        transcript.close_block()
        transcript.transition(Status.DONE, 1.0, stop_reason="end_turn", usage={"output_tokens": 3})
        assert reply.reply is not None
        reply.reply.message["model"] = "m-2026"
    return transcript


def test_markdown_has_the_text() -> None:
    text = chat_text(Path("a.MD"), conversation(), DEFAULTS, [])
    assert "What is this? 日本" in text
    assert "A dog." in text
    assert "A cat." not in text


def test_json_has_all_of_the_conversation() -> None:
    content = json.loads(chat_text(Path("a.JSON"), conversation(), DEFAULTS, []))
    assert content["messages"] == conversation().messages()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.htm", r"'a\.htm' is not a name that chat\.save takes; give one that ends in \.md or \.html"),
        ("a.txt", r"'a\.txt' is not a name that chat\.save takes; give one that ends in \.md"),
        ("answer", "'answer' is not a name"),
    ],
)
def test_other_suffixes_are_refused_with_advice(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_suffix(Path(name))


def test_a_chat_is_saved_by_the_suffix_and_not_over_another_file(tmp_path: Path) -> None:
    chat = nbstream.chat(client=nbstream.demo(), messages=[{"role": "user", "content": "Hi"}])
    assert "Hi" in chat.save(tmp_path / "chat.md").read_text("utf-8")
    loaded = json.loads(chat.save(tmp_path / "chat.json").read_text("utf-8"))
    assert nbstream.chat(client=nbstream.demo(), messages=loaded["messages"]).messages == chat.messages
    with pytest.raises(FileExistsError, match="overwrite=True"):
        chat.save(tmp_path / "chat.md")
    assert chat.save(tmp_path / "chat.md", overwrite=True) == tmp_path / "chat.md"
    assert "<title>chat</title>" in chat.save(tmp_path / "chat.html").read_text("utf-8")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        chat.save(tmp_path / "chat.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chat.html", "chat.json", "chat.md"]
