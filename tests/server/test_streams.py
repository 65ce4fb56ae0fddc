"""Every stream of a worker: made, found, stopped early, counted and forgotten."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose
from PIL import Image

from nbstream import claude as door
from nbstream import pictures
from nbstream.core.ops import BlockOpened
from nbstream.scripted import reply_events
from nbstream.server import Limits, Refused
from nbstream.server.question import Question
from nbstream.server.streams import STOPPED_KEPT, Streams
from nbstream.tools import Toolbox

pytestmark = pytest.mark.anyio

REQUEST = {"model": "claude-opus-4-8", "max_tokens": 1000}


def streams_of(url: str, tools: list[Any] | None = None, resume_for: float = 0.0, **limits: Any) -> Streams:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return Streams(client, Toolbox(tools or []), None, Limits(**limits), resume_for)


def question(name: str, content: str | None = "Hi") -> Question:
    return Question(name, [], content, REQUEST)


async def close(streams: Streams) -> None:
    await streams.close()
    await door.close_clients()


async def test_what_is_opened_is_found_by_its_caller_only(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-find", text=prose(500)))
    served = await streams.open(question("a"), "ada")
    served.attach()
    assert await streams.find("a", "ada") is served
    assert await streams.find("a", "eve") is None
    # A request that was sent twice.
    assert await streams.open(question("a"), "ada") is served
    with pytest.raises(Refused, match="send another id"):
        await streams.open(question("a"), "eve")
    assert streams.ledger.running == {"ada": 1}
    await close(streams)
    assert streams.ledger.running == {}


async def test_a_limit_is_told_before_anything_is_made(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-limit", text=prose(500)), streams_per_caller=1)
    (await streams.open(question("a"), "ada")).attach()
    with pytest.raises(Refused, match="1 answers are running for you"):
        await streams.open(question("b"), "ada")
    assert list(streams.served) == ["a"]
    await close(streams)


async def test_the_oldest_chat_that_nobody_reads_goes_for_another(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-chats"), chats_per_caller=2)
    for name in ("a", "b"):
        (await streams.open(question(name, None), "ada")).attach()
    streams.served["a"].detach()
    await streams.open(question("c", None), "ada")
    assert list(streams.served) == ["b", "c"]
    streams.served["c"].attach()
    with pytest.raises(Refused, match="2 conversations of yours are open"):
        await streams.open(question("d", None), "ada")
    await streams.open(question("e", None), "eve")
    await close(streams)


async def test_stops_that_came_too_early_are_remembered_for_a_while(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-early", text=prose(500)))
    for number in range(STOPPED_KEPT + 1):
        await streams.stop(f"n{number}", "ada")
    first = await streams.open(question("n0"), "ada")
    last = await streams.open(question(f"n{STOPPED_KEPT}"), "ada")
    assert streams.served["n0"].conversation.running
    assert not streams.served[f"n{STOPPED_KEPT}"].conversation.running
    for served in (first, last):
        served.attach()
    await close(streams)


async def test_what_a_reply_cost_takes_the_place_of_what_was_kept_back(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-cost", text=prose(100), rate=None), dollars_per_day=1.0)
    served = await streams.open(question("a"), "ada")
    served.attach()
    kept = streams.ledger.spent["ada"]
    assert kept == pytest.approx(0.025)
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    assert 0.001 < streams.ledger.spent["ada"] < kept
    await close(streams)


async def test_a_message_of_a_page_that_is_too_long_is_refused_on_the_page(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-long"), prompt_characters=10)
    served = await streams.open(question("a", None), "ada")
    served.attach()
    served.hear({"v": 1, "kind": "prompt", "page": "p", "key": "k", "text": "x" * 11})
    reply = streams.served["a"].conversation.transcript.turns[-1].reply
    assert reply is not None
    assert "11 characters, and this server takes 10" in str(reply.error)
    await close(streams)


async def test_the_operators_tools_run(claude: ClaudeServer) -> None:
    ran: list[int] = []

    async def double(number: int) -> int:
        """Twice a number.

        Args:
            number: Any number.
        """
        ran.append(number)
        return 2 * number

    events = [*reply_events([("tool_use", {"name": "double"}, ['{"number": 4}'])])]
    url = claude.url("streams-tools", events=events, then="streams-tools-then")
    claude.url("streams-tools-then", text="Eight.", rate=None)
    streams = streams_of(url, [double])
    served = await streams.open(question("a"), "ada")
    served.attach()
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    assert ran == [4]
    assert streams.served["a"].conversation.transcript.turns[-1].text() == "Eight."
    await close(streams)


async def test_pictures_of_who_asks_once_are_not_decoded_and_those_of_tools_are_shown(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (pictures.EDGE + 1, 2)).save(out, "PNG")
    decoded: list[bytes] = []
    monkeypatch.setattr(pictures, "thumbnail", lambda data: decoded.append(data) or b"small")

    def draw() -> Image.Image:
        """A picture."""
        assert decoded == []
        return Image.effect_noise((300, 300), 90)

    url = claude.url(
        "streams-draw", events=[*reply_events([("tool_use", {"name": "draw"}, ["{}"])])], then="streams-drawn"
    )
    claude.url("streams-drawn", text="There.", rate=None)
    streams = streams_of(url, [draw])
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(out.getvalue()).decode()}
    content: Any = [{"type": "image", "source": source}, {"type": "text", "text": "Draw this"}]
    history = [{"role": "user", "content": content}, {"role": "assistant", "content": "Which?"}]
    served = await streams.open(Question("a", history, content, REQUEST), "ada")
    served.attach()
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    assert len(decoded) == 1
    ops = served.growing.log.since(served.start, served.growing.log.seq)[0]
    [result] = [op.data for op in ops if isinstance(op, BlockOpened) and op.type == "tool_result"]
    assert result["images"][0]["data"] == base64.b64encode(b"small").decode()
    await close(streams)


async def test_the_operator_is_told_what_its_callers_are_not(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture
) -> None:
    streams = streams_of(claude.url("streams-401", status=(401, "authentication_error")))
    served = await streams.open(question("a"), "ada")
    served.attach()
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    assert "Scripted authentication_error" in caplog.text
    reply = streams.served["a"].conversation.transcript.turns[-1].reply
    assert reply is not None
    assert "Scripted" not in str(reply.error)
    await asyncio.sleep(0)
    await close(streams)
