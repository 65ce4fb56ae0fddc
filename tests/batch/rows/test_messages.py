"""The messages of rows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nbstream.batch.rows.messages import RowMessages
from nbstream.batch.rows.prompts import Prompts

pytestmark = pytest.mark.anyio


class Room:
    def __init__(self, *prompts: Any) -> None:
        self.made: dict[int, Any] = {}
        self.messages = RowMessages(Prompts(prompts.__getitem__), asyncio.to_thread, self.made.__setitem__)

    async def rest(self) -> None:
        while self.messages.running:
            await asyncio.wait(list(self.messages._tasks.values()), timeout=5)
            await asyncio.sleep(0)


async def test_a_text_is_made_at_once_and_a_list_in_a_thread() -> None:
    room = Room("Hello", ["Hello", b"a text file"], [], " ")
    message = room.messages.make(0)
    assert message is not None
    assert message.blocks == [{"type": "text", "text": "Hello"}]
    assert room.messages.make(1) is room.messages.make(2) is None
    assert room.messages.running == 2
    await room.rest()
    assert [block["type"] for block in room.made[1].blocks] == ["text", "document"]
    assert isinstance(room.made[2], ValueError)
    with pytest.raises(ValueError, match="empty"):
        room.messages.make(3)


async def test_a_cancelled_message_is_none() -> None:
    room = Room(["Hello"])
    room.messages.make(0)
    room.messages.cancel()
    await room.rest()
    assert room.made == {0: None}
