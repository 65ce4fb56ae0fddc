"""The pace at which a response is read, on a clock that the test turns, and over real HTTP."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import anthropic
import httpx2
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude.event_stream import open_events
from nbstream.claude.read_pace import FULL_READ_BYTES, READ_INTERVAL_SECONDS, ReadPace, paced

pytestmark = pytest.mark.anyio

ALWAYS = float("inf")
REQUEST = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}


class Wire:
    """A connection that has as many bytes as each read is told, and the time that its reader has waited."""

    def __init__(self, slack_seconds: float = ALWAYS) -> None:
        self.now = 100.0
        self.slack_seconds = slack_seconds
        self.waited: list[float] = []
        self.size = 100
        self.pace = ReadPace(self._read, lambda: self.slack_seconds, lambda: self.now, self._sleep)

    async def read(self, size: int = 100) -> list[float]:
        """Read, and return the waits before this read."""
        self.waited, self.size = [], size
        assert await self.pace.read(65_536, timeout=600) == b"x" * size
        return self.waited

    async def _read(self, max_bytes: int, **options: int) -> bytes:
        assert (max_bytes, options) == (65_536, {"timeout": 600})
        return b"x" * self.size

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(round(seconds, 6))
        self.now += seconds


async def test_a_read_follows_another_one_after_the_interval() -> None:
    wire = Wire()
    assert await wire.read() == []
    assert await wire.read() == [READ_INTERVAL_SECONDS]
    wire.now += READ_INTERVAL_SECONDS / 4
    assert await wire.read() == [READ_INTERVAL_SECONDS * 0.75]


async def test_an_answer_that_is_slow_by_itself_is_read_at_once() -> None:
    wire = Wire()
    for _ in range(3):
        assert await wire.read() == []
        wire.now += READ_INTERVAL_SECONDS


async def test_a_read_waits_no_longer_than_the_bytes_can() -> None:
    wire = Wire(READ_INTERVAL_SECONDS / 2)
    await wire.read()
    assert await wire.read() == [READ_INTERVAL_SECONDS / 2]
    wire.slack_seconds = -1.0
    assert await wire.read() == []


async def test_an_answer_that_comes_in_large_parts_is_read_without_a_wait() -> None:
    wire = Wire()
    assert await wire.read(FULL_READ_BYTES) == []
    assert await wire.read(FULL_READ_BYTES - 1) == []
    assert await wire.read() == [READ_INTERVAL_SECONDS]


class Connection:
    """A connection as the HTTP library has it."""

    async def read(self) -> bytes:
        return b"x"


@pytest.mark.parametrize(
    ("version", "connection", "is_paced"),
    [
        (b"HTTP/1.1", Connection(), True),
        (b"HTTP/2", Connection(), False),
        (b"HTTP/1.1", None, False),
        (b"HTTP/1.1", object(), False),
    ],
)
async def test_only_a_connection_of_one_request_is_paced_and_only_for_its_response(
    version: bytes, connection: Any, is_paced: bool
) -> None:
    extensions = {"http_version": version, "network_stream": connection}
    response = httpx2.Response(200, extensions=extensions)
    with paced(response, lambda: ALWAYS):
        assert ("read" in getattr(connection, "__dict__", {})) is is_paced
    assert "read" not in getattr(connection, "__dict__", {})


async def test_the_events_of_a_paced_answer_are_the_same_and_the_next_answer_has_a_pace_of_its_own(
    claude: ClaudeServer,
) -> None:
    url = claude.url("paced", text=prose(40), rate=400)
    asked = SimpleNamespace(first=0, second=0)

    def slack_of(name: str) -> float:
        setattr(asked, name, getattr(asked, name) + 1)
        return ALWAYS

    async with anthropic.AsyncAnthropic(api_key="k", base_url=url) as client:

        async def text(name: str) -> str:
            async with open_events(client, REQUEST, slack_seconds=lambda: slack_of(name)) as batches:
                events = [event async for batch in batches for event in batch]
            return "".join(event["delta"].get("text", "") for event in events if "delta" in event)

        began = time.monotonic()
        assert await text("first") == "".join(prose(40))
        reads = asked.first
        assert 1 <= reads <= (time.monotonic() - began) / READ_INTERVAL_SECONDS + 1
        assert await text("second") == "".join(prose(40))
        assert asked.second >= 1
        assert asked.first == reads
    assert len(claude.records_of("paced")) == 2
