"""The chat that was used last."""

from __future__ import annotations

import nbstream
from nbstream.notebook.chat.last_chat import last, set_last


def test_the_chat_used_last_is_known() -> None:
    chat: nbstream.Chat = object()  # type: ignore[assignment]
    before = last()
    set_last(chat)
    assert nbstream.last is last() is chat
    set_last(before)  # type: ignore[arg-type]
