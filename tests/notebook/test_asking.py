"""What begins a reply and with what; nothing is sent here, the real thing is in test_widget.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from nbstream.conversation.conversation import Conversation
from nbstream.notebook.asking import Asking


class Asked(Asking):
    def __init__(self) -> None:
        self._conversation = Conversation(None, {}, [], time.monotonic)
        self.begun: list[tuple[Callable[[], object], bool, Any]] = []

    def _begin(self, begin: Callable[[], object], wait: bool, request: Any = None) -> Asked:
        self.begun.append((begin, wait, request))
        return self


def test_a_message_is_begun_with_what_it_is_sent_with() -> None:
    chat = Asked()
    assert chat.ask("Hello", wait=False, max_tokens=5) is chat
    [(_, wait, request)] = chat.begun
    assert (wait, request) == (False, {"max_tokens": 5})


def test_a_prompt_that_cannot_be_sent_begins_nothing() -> None:
    chat = Asked()
    with pytest.raises(ValueError, match="empty"):
        chat.ask(" ")
    assert chat.begun == []


def test_again_and_on_are_the_conversations() -> None:
    chat = Asked()
    assert chat.retry() is chat.continue_(wait=False) is chat
    conversation = chat._conversation
    assert chat.begun == [(conversation.retry, True, None), (conversation.go_on, False, None)]


def test_how_it_is_begun_is_the_widgets_to_say() -> None:
    chat = Asking()
    chat._conversation = Asked()._conversation
    with pytest.raises(NotImplementedError):
        chat.retry()
