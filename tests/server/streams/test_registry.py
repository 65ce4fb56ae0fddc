"""Every stream of a worker: made, found, stopped early, counted and forgotten."""

from __future__ import annotations

import asyncio
import base64
import io
import threading
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose
from PIL import Image

from nbstream.claude import client as door
from nbstream.claude.demo import reply_events
from nbstream.content import attachments
from nbstream.content import images as pictures
from nbstream.content.cache import Remembered
from nbstream.core.ops import BlockOpened
from nbstream.core.protocol import ProtocolError
from nbstream.core.turn import Reply
from nbstream.server import Limits, Refused
from nbstream.server.billing import account
from nbstream.server.http.request_body import Question
from nbstream.server.streams.registry import EARLY_STOPS, KEPT, Streams
from nbstream.server.streams.stream import ServedStream
from nbstream.tools.toolbox import Toolbox

pytestmark = pytest.mark.anyio

REQUEST = {"model": "claude-opus-4-8", "max_tokens": 1000}


def streams_of(url: str, tools: list[Any] | None = None, resume_for: float = 0.0, **limits: Any) -> Streams:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return Streams(client, Toolbox(tools or []), None, Limits(**limits), resume_for)


def question(name: str, content: str | None = "Hi") -> Question:
    return Question(name, [], content, REQUEST)


def prompt(text: str, key: str = "k") -> dict[str, Any]:
    return {"v": 1, "kind": "prompt", "page": "p", "key": key, "text": text}


def reply_of(streams: Streams, name: str) -> Reply:
    reply = streams.served[name].conversation.transcript.turns[-1].reply
    assert reply is not None
    return reply


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


async def test_nothing_begins_that_was_asked_for_as_the_server_ended(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = streams_of(claude.url("streams-ending"))
    claimed = asyncio.Event()

    async def claim(*_: str) -> bool:
        await claimed.wait()
        return True

    monkeypatch.setattr(streams.elsewhere, "claim", claim)
    opening = asyncio.create_task(streams.open(question("a"), "ada"))
    await asyncio.sleep(0)
    await close(streams)
    claimed.set()
    with pytest.raises(Refused, match="is ending"):
        await opening
    assert streams.served == {}


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


async def test_an_empty_chat_goes_before_one_in_which_something_was_said(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-empty", text="y", rate=None), chats_per_caller=2)
    said = await streams.open(question("a", None), "ada")
    said.attach()
    said.hear(prompt("Hi"))
    await asyncio.wrap_future(streams.served["a"].conversation.ended)  # type: ignore[arg-type]
    said.detach()
    await streams.open(question("b", None), "ada")
    await streams.open(question("c", None), "ada")
    assert list(streams.served) == ["a", "c"]
    await close(streams)


async def test_stops_that_came_too_early_are_remembered_for_a_while(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-early", text=prose(500)))
    for number in range(EARLY_STOPS):
        await streams.stop(f"n{number}", "ada")
    with pytest.raises(Refused, match="100 streams were stopped that are not there"):
        await streams.stop("one more", "ada")
    # Nobody stops another caller's.
    await streams.stop("n7", "eve")
    assert not (await streams.open(question("n0"), "ada")).conversation.running
    assert (await streams.open(question("n1"), "eve")).conversation.running
    await close(streams)


async def test_what_a_reply_cost_takes_the_place_of_what_was_kept_back(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-cost", text=prose(100), rate=None), dollars_per_day=1.0)
    served = await streams.open(question("a"), "ada")
    served.attach()
    kept = streams.ledger.spent["ada"]
    # Two characters, with what writing them into the cache costs, and a thousand tokens.
    assert kept == pytest.approx(0.025, rel=0.01)
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    assert 0.001 < streams.ledger.spent["ada"] < kept
    await close(streams)


async def test_a_message_of_a_page_that_is_too_long_is_refused_on_the_page(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-long", text="y", rate=None), prompt_characters=300)
    served = await streams.open(question("a", None), "ada")
    served.attach()
    with pytest.raises(ProtocolError, match="301 characters, and this server takes 300"):
        served.hear(prompt("x" * 301))
    assert not streams.served["a"].conversation.transcript.turns
    # What was said before counts when it is sent again.
    served.hear(prompt("x" * 160, "k2"))
    await asyncio.wrap_future(streams.served["a"].conversation.ended)
    served.hear(prompt("x" * 160, "k3"))
    assert "characters, and this server takes 300; begin another" in str(reply_of(streams, "a").error)
    await close(streams)


async def test_a_picture_holds_up_nobody_and_pictures_are_scaled_down_one_after_the_other(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, at_work, most = threading.Event(), 0, 0

    def fitted(data: bytes, kind: str, _: str) -> tuple[str, bytes]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        assert fits.wait(10)
        at_work -= 1
        return kind, data

    monkeypatch.setattr(pictures, "fitted", fitted)
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    picture = {"name": "a.png", "data": base64.b64encode(out.getvalue()).decode()}
    streams = streams_of(claude.url("streams-pictures", text="y", rate=None))
    talks = []
    for name in ("a", "b", "c"):
        served = await streams.open(question(name, None), "ada")
        served.attach()
        served.hear({**prompt("Which?"), "files": [] if name == "c" else [picture]})
        talks.append(streams.served[name].conversation)
    await asyncio.wrap_future(talks[2].ended)  # type: ignore[arg-type]
    assert [talk.transcript.turns for talk in talks[:2]] == [[], []]
    fits.set()
    for name in ("a", "b"):
        growing = streams.served[name].growing
        while "done" not in str(growing.log.since(0, growing.log.seq)[0]):
            await growing.more(growing.log.seq, 5)
    assert most == 1
    assert {block["type"] for block in claude.of("streams-pictures")[-1].body["messages"][0]["content"]} == {
        "image",
        "text",
    }
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


async def test_the_requests_of_a_reply_together_cost_no_more_than_what_is_left(claude: ClaudeServer) -> None:
    async def wait() -> str:
        """Wait."""
        return "Done."

    events = [*reply_events([("tool_use", {"name": "wait"}, ["{}"])])]
    events[-2]["usage"] = {"output_tokens": 300}
    url = claude.url("streams-rounds", events=events, rate=None)
    streams = streams_of(url, [wait], dollars_per_day=0.01)
    served = await streams.open(question("a"), "ada")
    served.attach()
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    first, second = [record.body["max_tokens"] for record in claude.of("streams-rounds")]
    price = 25 / 1_000_000
    assert 380 < first < 400
    # The first cost 300 of them; thinking that is hidden could take all that the second one may have.
    assert 0 < second * price < 0.01 - 300 * price
    assert reply_of(streams, "a").stop_reason == "budget"
    assert not streams.ledger.running
    await close(streams)


async def test_who_stops_while_claude_thinks_unseen_pays_for_it(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "TOKENS_A_SECOND", 10**9)
    url = claude.url("streams-unseen", thinking=[], stall_after=0)
    streams = streams_of(url, dollars_per_day=1.0)
    served = await streams.open(question("a"), "ada")
    served.attach()
    while not streams.served["a"].conversation.transcript.turns[-1].blocks:
        await served.growing.more(served.growing.log.seq, 5)
    served.stop()
    while not served.growing.ended:
        await served.growing.more(served.growing.log.seq, 5)
    # All of the thousand tokens that it may have had.
    assert streams.ledger.spent["ada"] == pytest.approx(0.025, rel=0.01)
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
    assert "Scripted" not in str(reply_of(streams, "a").error)
    await asyncio.sleep(0)
    await close(streams)


async def test_the_pages_of_a_question_are_not_counted_on_the_loop(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    monkeypatch.setattr(attachments, "_counted", Remembered(9))
    monkeypatch.setattr(attachments.pdf, "pages", lambda _: threads.append(threading.current_thread()))
    source = {"type": "base64", "media_type": "application/pdf", "data": ""}
    sent = {"role": "user", "content": [{"type": "document", "source": source}]}
    streams = streams_of(claude.url("streams-pages", text="Yes."), dollars_per_day=100.0)
    await streams.open(Question("a", [sent], "Hi", REQUEST), "ada")
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()
    await close(streams)


async def test_ended_streams_are_kept_up_to_a_number(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-kept", text="Yes.", rate=None), resume_for=30.0)
    for number in range(KEPT + 3):
        served = await streams.open(question(f"n{number}"), "ada")
        served.stop()
        await asyncio.wrap_future(served.conversation.ended)
    assert len(streams.served) == KEPT
    assert f"n{KEPT + 2}" in streams.served
    assert streams.ledger.running == {}
    await close(streams)


async def test_ended_streams_that_are_read_are_kept_up_to_a_number(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-read", text="Hi", rate=None))
    for number in range(KEPT):
        served = await streams.open(question(str(number)), "ada")
        served.attach()
        while not served.growing.ended:
            await served.growing.more(served.growing.log.seq, 5)
    with pytest.raises(Refused, match=f"{KEPT} answers of yours have ended and are still being read") as caught:
        await streams.open(question("more"), "ada")
    assert caught.value.status == 429
    await streams.open(question("another's"), "bob")
    served.detach()
    assert await streams.open(question("more"), "ada")
    await close(streams)


async def test_what_cannot_be_asked_is_not_kept(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = streams_of(claude.url("streams-broken"))
    monkeypatch.setattr(ServedStream, "ask", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await streams.open(question("a"), "ada")
    assert not streams.served
    assert streams.ledger.running == {}
    await close(streams)


@pytest.mark.parametrize("again", ["retry", "regenerate", "continue"])
async def test_what_begins_a_reply_meets_the_limits_whatever_it_is(claude: ClaudeServer, again: str) -> None:
    url = claude.url(f"streams-{again}", text="One", stop_reason="max_tokens", rate=None)
    streams = streams_of(url, streams_per_caller=1)
    served = await streams.open(question("a", None), "ada")
    served.attach()
    served.hear(prompt("Hi"))
    await asyncio.wrap_future(served.conversation.ended)
    (await streams.open(question("b"), "ada")).attach()
    served.hear({"v": 1, "kind": again, "page": "p", "key": "k2", "turn": "t2"})
    assert "1 answers are running for you" in str(reply_of(streams, "a").error)
    assert len(claude.of(f"streams-{again}")) <= 2
    await close(streams)


async def test_a_retry_at_once_after_a_stop_is_a_reply_of_its_own(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-again", text=prose(500)), dollars_per_day=2.0)
    served = await streams.open(question("a", None), "ada")
    served.attach()
    served.hear(prompt("Hi"))
    await asyncio.to_thread(claude.wait_for, lambda: claude.of("streams-again"))
    kept = streams.ledger.spent["ada"]
    served.hear({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    served.hear({"v": 1, "kind": "retry", "page": "p", "key": "k2", "turn": "t2"})
    await asyncio.to_thread(claude.wait_for, lambda: len(claude.of("streams-again")) == 2)
    assert reply_of(streams, "a").status in ("waiting", "streaming")
    assert streams.ledger.running == {"ada": 1}
    assert kept <= streams.ledger.spent["ada"] < kept * 1.1
    await close(streams)
    assert streams.ledger.spent["ada"] < kept / 10


async def test_a_reply_that_begins_with_nobody_there_does_not_go_on(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-nobody", text=prose(500)))
    served = await streams.open(question("a", None), "ada")
    served.hear(prompt("Hi"))
    await asyncio.sleep(0)
    # What is due when its page has had a moment to read.
    streams.served["a"]._timer._run()  # type: ignore[union-attr]
    assert reply_of(streams, "a").stop_reason == "abandoned"
    await close(streams)


async def test_a_closed_conversation_hears_nothing_and_is_not_kept_any_longer(claude: ClaudeServer) -> None:
    streams = streams_of(claude.url("streams-closed", text=prose(500)), chats_per_caller=1, resume_for=30.0)
    served = await streams.open(question("a", None), "ada")
    served.hear(prompt("Hi"))
    await streams.open(question("b", None), "ada")
    assert list(streams.served) == ["b"]
    await asyncio.wrap_future(served.conversation.ended)
    await asyncio.sleep(0)
    assert served._timer is None
    with pytest.raises(ProtocolError, match="closed"):
        served.hear(prompt("And?", "k2"))
    await close(streams)
