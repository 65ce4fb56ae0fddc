"""Messages of pages with variables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from nbstream.content.blocks import ContentBlock
from nbstream.conversation.page_message import InvalidMessage, PageMessageReader
from nbstream.core.command_frames import File, Prompt

pytestmark = pytest.mark.anyio


def reader(read: Any = None) -> PageMessageReader:
    return PageMessageReader(asyncio.to_thread, **({} if read is None else {"read_variables": read}))


async def test_variables_stand_between_the_files_and_the_text() -> None:
    async def read(names: Sequence[str]) -> list[ContentBlock]:
        return [ContentBlock({"type": "text", "text": f"the value of {name}"}, is_table=True) for name in names]

    prompt = Prompt("p", "k", "What?", (File("a.txt", "QQ=="),), variables=("df", "x"))
    message = await reader(read).read(prompt)
    assert not isinstance(message, InvalidMessage)
    texts = [block.get("text") for block in message.blocks]
    assert texts == [None, "the value of df", "the value of x", "What?"]
    assert message.previews[1] == {"markdown": True}
    alone = await reader(read).read(Prompt("p", "k", " ", variables=("df",)))
    assert not isinstance(alone, InvalidMessage)
    assert len(alone.blocks) == 1


async def test_a_variable_that_cannot_be_read_is_the_reason() -> None:
    async def refuse(names: Sequence[str]) -> list[ContentBlock]:
        raise ValueError("There is no variable df any more.")

    async def fail(names: Sequence[str]) -> list[ContentBlock]:
        raise ZeroDivisionError

    prompt = Prompt("p", "k", "What?", variables=("df",))
    assert await reader(refuse).read(prompt) == InvalidMessage("There is no variable df any more.")
    failed = await reader(fail).read(prompt)
    assert isinstance(failed, InvalidMessage)
    assert failed.reason.startswith("A variable of this message cannot be read")


async def test_without_a_notebook_there_are_none() -> None:
    refused = await reader().read(Prompt("p", "k", "What?", variables=("df",)))
    assert refused == InvalidMessage("There is no notebook here whose variables could be sent, such as 'df'.")
