"""The running requests of a run, without its queue and its pace; whole runs are in test_runner.py."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.batch.run.asked_rows import AskedRow, AskedRows
from nbstream.batch.run.row_reply import Outcome, RowAsker, RowEnd
from nbstream.batch.run.spending import Spending
from nbstream.content.message import UserMessage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("closed_clients")]


class Asked:
    """Asked rows, and what they tell."""

    def __init__(self, url: str) -> None:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        asker = RowAsker(client, {"model": "claude-haiku-4-5", "max_tokens": 100}, [], time.monotonic)
        self.spending = Spending(1.0)
        self.answered: list[bool] = []
        self.ends: dict[int, tuple[AskedRow, RowEnd]] = {}
        self.rows = AskedRows(asker, self.spending, lambda: 7.0, self.note_change, self.note_end)
        self.over = asyncio.Event()

    def ask(self, row: int, key: str) -> None:
        self.rows.ask(row, key, UserMessage.from_prompt(key))

    def note_change(self, row: int) -> None:
        self.answered.append(self.rows.is_answered(row))

    def note_end(self, row: int, asked: AskedRow, end: RowEnd) -> None:
        self.ends[row] = asked, end
        if not self.rows:
            self.over.set()


async def test_each_row_is_asked_and_its_end_told_once(claude: ClaudeServer) -> None:
    def echo(body: dict[str, Any]) -> str:
        return "".join(part["text"] for part in body["messages"][-1]["content"]).upper()

    asked = Asked(claude.url("asked-rows", reply=echo, rate=None))
    asked.ask(3, "a")
    asked.ask(5, "b")
    assert (len(asked.rows), asked.rows.is_answered(3)) == (2, False)
    await asyncio.wait_for(asked.over.wait(), 10)
    found = {row: (one.key, one.sent_at, end.value, end.is_answer) for row, (one, end) in asked.ends.items()}
    assert found == {3: ("a", 7.0, "A", True), 5: ("b", 7.0, "B", True)}
    assert asked.answered[-1]
    assert asked.spending.cost is not None
    assert asked.spending.cost > 0


async def test_a_stop_ends_all_requests_without_an_answer(claude: ClaudeServer) -> None:
    asked = Asked(claude.url("stopped-rows", stall_after=1))
    asked.ask(0, "a")
    asked.ask(1, "b")
    asked.rows.stop("user")
    await asyncio.wait_for(asked.over.wait(), 10)
    assert [(end.outcome, end.is_answer) for _, end in asked.ends.values()] == [(Outcome.STOPPED, False)] * 2
