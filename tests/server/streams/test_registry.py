"""Registry of a worker's streams: opened, found, stopped early, counted and removed."""

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
from nbstream.content import images
from nbstream.core.ops import BlockOpened, Status
from nbstream.core.protocol import ProtocolError
from nbstream.core.reply import Reply
from nbstream.server import Limits, Refused
from nbstream.server.billing import request_bounds
from nbstream.server.http.request_body import Question
from nbstream.server.streams.registry import MAX_EARLY_STOPS, StreamRegistry
from nbstream.server.streams.retention import MAX_ENDED_STREAMS
from nbstream.server.streams.stream import ServedStream
from nbstream.tools.toolbox import Toolbox

pytestmark = pytest.mark.anyio

REQUEST = {"model": "claude-opus-4-8", "max_tokens": 1000}


def make_registry(
    url: str, tools: list[Any] | None = None, resume_for_seconds: float = 0.0, **limits: Any
) -> StreamRegistry:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return StreamRegistry(client, Toolbox(tools or []), None, Limits(**limits), resume_for_seconds)


def question(name: str, content: str | None = "Hi") -> Question:
    return Question(name, [], content, REQUEST)


def prompt(text: str, key: str = "k") -> dict[str, Any]:
    return {"v": 1, "kind": "prompt", "page": "p", "key": key, "text": text}


def reply_of(registry: StreamRegistry, name: str) -> Reply:
    reply = registry.streams[name].conversation.transcript.turns[-1].reply
    assert reply is not None
    return reply


async def close(registry: StreamRegistry) -> None:
    await registry.close()
    await door.close_clients()


async def test_a_stream_is_found_by_its_caller_only(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-find", text=prose(500)))
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    assert await registry.find("a", "ada") is stream
    assert await registry.find("a", "eve") is None
    # A request that was sent twice.
    assert await registry.open(question("a"), "ada") is stream
    with pytest.raises(Refused, match="send another id"):
        await registry.open(question("a"), "eve")
    assert registry.ledger.running == {"ada": 1}
    await close(registry)
    assert registry.ledger.running == {}


async def test_no_stream_begins_while_the_server_ends(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(claude.url("streams-ending"))
    claimed = asyncio.Event()

    async def claim(*_: str) -> bool:
        await claimed.wait()
        return True

    monkeypatch.setattr(registry.cluster, "claim", claim)
    opening = asyncio.create_task(registry.open(question("a"), "ada"))
    await asyncio.sleep(0)
    await close(registry)
    claimed.set()
    with pytest.raises(Refused, match="is ending"):
        await opening
    assert registry.streams == {}


async def test_a_limit_refuses_a_stream_before_it_is_made(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-limit", text=prose(500)), streams_per_caller=1)
    (await registry.open(question("a"), "ada")).attach()
    with pytest.raises(Refused, match="1 answers are running for you"):
        await registry.open(question("b"), "ada")
    assert list(registry.streams) == ["a"]
    await close(registry)


async def test_the_chat_unread_for_longest_makes_room_for_another(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-chats"), chats_per_caller=2)
    for name in ("a", "b"):
        (await registry.open(question(name, None), "ada")).attach()
    registry.streams["a"].detach()
    await registry.open(question("c", None), "ada")
    assert list(registry.streams) == ["b", "c"]
    registry.streams["c"].attach()
    with pytest.raises(Refused, match="2 conversations of yours are open"):
        await registry.open(question("d", None), "ada")
    await registry.open(question("e", None), "eve")
    await close(registry)


async def test_an_empty_chat_makes_room_before_one_with_messages(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-empty", text="y", rate=None), chats_per_caller=2)
    said = await registry.open(question("a", None), "ada")
    said.attach()
    said.handle_command(prompt("Hi"))
    await asyncio.wrap_future(registry.streams["a"].conversation.ended)  # type: ignore[arg-type]
    said.detach()
    await registry.open(question("b", None), "ada")
    await registry.open(question("c", None), "ada")
    assert list(registry.streams) == ["a", "c"]
    await close(registry)


async def test_stops_that_come_before_their_stream_are_remembered(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-early", text=prose(500)))
    for number in range(MAX_EARLY_STOPS):
        await registry.stop(f"n{number}", "ada")
    with pytest.raises(Refused, match="You stopped 100 streams that have not begun"):
        await registry.stop("one more", "ada")
    # A Stop does not hit another caller's stream of the same id.
    await registry.stop("n7", "eve")
    assert not (await registry.open(question("n0"), "ada")).conversation.running
    assert (await registry.open(question("n1"), "eve")).conversation.running
    await close(registry)


async def test_the_cost_of_a_reply_replaces_its_reserve(claude: ClaudeServer) -> None:
    url = claude.url("streams-cost", text=prose(100), rate=None, gate=asyncio.Event())
    registry = make_registry(url, dollars_per_day=1.0)
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("streams-cost"))
    kept = registry.ledger.spent["ada"]
    # The price of two characters, written into the cache, and of a thousand tokens.
    assert kept == pytest.approx(0.025, rel=0.01)
    claude.open_gate("streams-cost")
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    assert 0.001 < registry.ledger.spent["ada"] < kept
    await close(registry)


async def test_a_message_that_is_too_long_is_refused_on_the_page(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-long", text="y", rate=None), prompt_characters=300)
    stream = await registry.open(question("a", None), "ada")
    stream.attach()
    with pytest.raises(ProtocolError, match="301 characters, and this server takes 300"):
        stream.handle_command(prompt("x" * 301))
    assert not registry.streams["a"].conversation.transcript.turns
    # The earlier messages are sent again, so they count.
    stream.handle_command(prompt("x" * 160, "k2"))
    await asyncio.wrap_future(registry.streams["a"].conversation.ended)
    stream.handle_command(prompt("x" * 160, "k3"))
    assert "characters, and this server takes 300; begin another" in str(reply_of(registry, "a").error)
    await close(registry)


async def test_pictures_are_scaled_down_one_after_the_other_and_hold_up_nobody(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, at_work, most_at_once = threading.Event(), 0, 0

    def fit_for_api(data: bytes, kind: str, _: str) -> tuple[str, bytes]:
        nonlocal at_work, most_at_once
        at_work += 1
        most_at_once = max(most_at_once, at_work)
        assert fits.wait(10)
        at_work -= 1
        return kind, data

    monkeypatch.setattr(images, "fit_for_api", fit_for_api)
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    picture = {"name": "a.png", "data": base64.b64encode(out.getvalue()).decode()}
    registry = make_registry(claude.url("streams-pictures", text="y", rate=None))
    conversations = []
    for name in ("a", "b", "c"):
        stream = await registry.open(question(name, None), "ada")
        stream.attach()
        stream.handle_command({**prompt("Which?"), "files": [] if name == "c" else [picture]})
        conversations.append(registry.streams[name].conversation)
    await asyncio.wrap_future(conversations[2].ended)  # type: ignore[arg-type]
    assert [conversation.transcript.turns for conversation in conversations[:2]] == [[], []]
    fits.set()
    for name in ("a", "b"):
        feed = registry.streams[name].feed
        while "done" not in str(feed.log.read_from(0, feed.log.seq)[0]):
            await feed.wait_beyond(feed.log.seq, 5)
    assert most_at_once == 1
    [sent] = claude.records_of("streams-pictures")[-1].body["messages"]
    assert {block["type"] for block in sent["content"]} == {"image", "text"}
    await close(registry)


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
    registry = make_registry(url, [double])
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    assert ran == [4]
    assert registry.streams["a"].conversation.transcript.turns[-1].text() == "Eight."
    await close(registry)


async def test_the_requests_of_a_reply_together_cost_no_more_than_what_is_left(claude: ClaudeServer) -> None:
    async def wait() -> str:
        """Wait."""
        return "Done."

    events = [*reply_events([("tool_use", {"name": "wait"}, ["{}"])])]
    events[-2]["usage"] = {"output_tokens": 300}
    url = claude.url("streams-rounds", events=events, rate=None)
    registry = make_registry(url, [wait], dollars_per_day=0.01)
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    first, second = [record.body["max_tokens"] for record in claude.records_of("streams-rounds")]
    price = 25 / 1_000_000
    assert 380 < first < 400
    # The first request cost 300 tokens. Hidden thinking could take all tokens of the second one.
    assert 0 < second * price < 0.01 - 300 * price
    assert reply_of(registry, "a").stop_reason == "budget"
    assert not registry.ledger.running
    await close(registry)


async def test_hidden_thinking_is_paid_for_when_its_reply_is_stopped(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_bounds, "HIDDEN_TOKENS_PER_SECOND", 10**9)
    url = claude.url("streams-unseen", thinking=[], stall_after=0)
    registry = make_registry(url, dollars_per_day=1.0)
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    while not registry.streams["a"].conversation.transcript.turns[-1].blocks:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    stream.stop()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    # The price of all the thousand tokens that it might have had.
    assert registry.ledger.spent["ada"] == pytest.approx(0.025, rel=0.01)
    await close(registry)


async def test_pictures_of_a_question_are_not_decoded_and_those_of_tools_are_shown(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (images.MAX_EDGE_PIXELS + 1, 2)).save(out, "PNG")
    decoded: list[bytes] = []
    monkeypatch.setattr(images, "thumbnail", lambda data: decoded.append(data) or b"small")

    def draw() -> Image.Image:
        """A picture."""
        assert decoded == []
        return Image.effect_noise((300, 300), 90)

    url = claude.url(
        "streams-draw", events=[*reply_events([("tool_use", {"name": "draw"}, ["{}"])])], then="streams-drawn"
    )
    claude.url("streams-drawn", text="There.", rate=None)
    registry = make_registry(url, [draw])
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(out.getvalue()).decode()}
    content: Any = [{"type": "image", "source": source}, {"type": "text", "text": "Draw this"}]
    history = [{"role": "user", "content": content}, {"role": "assistant", "content": "Which?"}]
    stream = await registry.open(Question("a", history, content, REQUEST), "ada")
    stream.attach()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    assert len(decoded) == 1
    ops = stream.feed.log.read_from(stream.start_position, stream.feed.log.seq)[0]
    [result] = [op.data for op in ops if isinstance(op, BlockOpened) and op.type == "tool_result"]
    assert result["images"][0]["data"] == base64.b64encode(b"small").decode()
    await close(registry)


async def test_the_operator_reads_details_of_an_error_that_its_callers_do_not(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture
) -> None:
    registry = make_registry(claude.url("streams-401", status=(401, "authentication_error")))
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    assert "Scripted authentication_error" in caplog.text
    assert "Scripted" not in str(reply_of(registry, "a").error)
    await asyncio.sleep(0)
    await close(registry)


async def test_an_error_cannot_command_the_terminal_that_the_log_is_read_in(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture
) -> None:
    registry = make_registry(claude.url("streams-escapes", status=(400, "\x1b[2J\u202e")))
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    while not stream.feed.is_closed:
        await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    assert "Scripted \\x1b[2J\\u202e" in caplog.messages[-1]
    assert caplog.messages[-1].isprintable()
    await asyncio.sleep(0)
    await close(registry)


@pytest.mark.parametrize(("document_tokens", "is_answered"), [(2_000, True), (700_000, False), (None, False)])
async def test_the_tokens_of_a_pdf_are_those_that_the_api_counts(
    claude: ClaudeServer, document_tokens: int | None, is_answered: bool
) -> None:
    # A small file with a page of very much text.
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
    asked: Any = [{"type": "document", "source": source}, {"type": "text", "text": "What is it?"}]
    name = f"streams-dense-{document_tokens}"
    url = claude.url(name, text="A paper.", rate=None, document_tokens=document_tokens)
    registry = make_registry(url, dollars_per_day=1.0)
    stream = await registry.open(Question("a", [], asked, REQUEST), "ada")
    stream.attach()
    conversation = registry.streams["a"].conversation
    await asyncio.wrap_future(conversation.ended)  # type: ignore[arg-type]
    assert (conversation.status is Status.DONE) is is_answered
    if not is_answered:
        assert "before the first word" in str(reply_of(registry, "a").error)
        assert claude.records_of(name) == []
    await close(registry)


async def test_a_pdf_in_a_tools_result_is_counted_before_it_is_sent(claude: ClaudeServer) -> None:
    def fetch() -> bytes:
        """Fetch a paper."""
        out = io.BytesIO()
        Image.new("L", (4, 4)).save(out, "PDF")
        return out.getvalue()

    events = [*reply_events([("tool_use", {"name": "fetch"}, ["{}"])])]
    url = claude.url("streams-pdf", events=events, then="streams-pdf-read", document_tokens=2_000)
    claude.url("streams-pdf-read", text="Read.", rate=None)
    registry = make_registry(url, [fetch], dollars_per_day=0.5)
    stream = await registry.open(question("a"), "ada")
    stream.attach()
    await asyncio.wrap_future(registry.streams["a"].conversation.ended)  # type: ignore[arg-type]
    assert registry.streams["a"].conversation.transcript.turns[-1].text() == "Read."
    [(_, body)] = [counted for counted in claude.counted if counted[0] == "streams-pdf"]
    assert [block["type"] for block in body["messages"][0]["content"]] == ["document", "text"]
    await close(registry)


async def test_ended_streams_are_kept_up_to_a_number(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-kept", text="Yes.", rate=None), resume_for_seconds=30.0)
    for number in range(MAX_ENDED_STREAMS + 3):
        stream = await registry.open(question(f"n{number}"), "ada")
        stream.stop()
        await asyncio.wrap_future(stream.conversation.ended)
    assert len(registry.streams) == MAX_ENDED_STREAMS
    assert f"n{MAX_ENDED_STREAMS + 2}" in registry.streams
    assert registry.ledger.running == {}
    await close(registry)


async def test_ended_streams_with_readers_are_kept_up_to_a_number(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-read", text="Hi", rate=None))
    for number in range(MAX_ENDED_STREAMS):
        stream = await registry.open(question(str(number)), "ada")
        stream.attach()
        while not stream.feed.is_closed:
            await stream.feed.wait_beyond(stream.feed.log.seq, 5)
    with pytest.raises(
        Refused, match=f"{MAX_ENDED_STREAMS} answers of yours have ended and are still being read"
    ) as caught:
        await registry.open(question("more"), "ada")
    assert caught.value.status == 429
    await registry.open(question("another's"), "bob")
    stream.detach()
    assert await registry.open(question("more"), "ada")
    await close(registry)


async def test_a_stream_whose_question_fails_is_removed(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(claude.url("streams-broken"))
    monkeypatch.setattr(ServedStream, "ask", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await registry.open(question("a"), "ada")
    assert not registry.streams
    assert registry.ledger.running == {}
    await close(registry)


@pytest.mark.parametrize("again", ["retry", "regenerate", "continue"])
async def test_every_command_that_begins_a_reply_meets_the_limits(claude: ClaudeServer, again: str) -> None:
    url = claude.url(f"streams-{again}", text="One", stop_reason="max_tokens", rate=None)
    registry = make_registry(url, streams_per_caller=1)
    stream = await registry.open(question("a", None), "ada")
    stream.attach()
    stream.handle_command(prompt("Hi"))
    await asyncio.wrap_future(stream.conversation.ended)
    (await registry.open(question("b"), "ada")).attach()
    stream.handle_command({"v": 1, "kind": again, "page": "p", "key": "k2", "turn": "t2"})
    assert "1 answers are running for you" in str(reply_of(registry, "a").error)
    assert len(claude.records_of(f"streams-{again}")) <= 2
    await close(registry)


async def test_a_retry_right_after_a_stop_is_a_reply_of_its_own(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-again", text=prose(500)), dollars_per_day=2.0)
    stream = await registry.open(question("a", None), "ada")
    stream.attach()
    stream.handle_command(prompt("Hi"))
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("streams-again"))
    kept = registry.ledger.spent["ada"]
    stream.handle_command({"v": 1, "kind": "stop", "page": "p", "turn": "t2"})
    stream.handle_command({"v": 1, "kind": "retry", "page": "p", "key": "k2", "turn": "t2"})
    await asyncio.to_thread(claude.wait_for, lambda: len(claude.records_of("streams-again")) == 2)
    assert reply_of(registry, "a").status in ("waiting", "streaming")
    assert registry.ledger.running == {"ada": 1}
    # Two stopped replies cost their input and the text that was still on its way.
    assert kept <= registry.ledger.spent["ada"] < kept * 1.2
    await close(registry)
    assert registry.ledger.spent["ada"] < kept / 4


async def test_a_reply_that_begins_without_a_reader_is_stopped(claude: ClaudeServer) -> None:
    registry = make_registry(claude.url("streams-nobody", text=prose(500)))
    stream = await registry.open(question("a", None), "ada")
    stream.handle_command(prompt("Hi"))
    await asyncio.sleep(0)
    # The timer fires when the page has had its moment to begin reading.
    registry.streams["a"]._timer._run()  # type: ignore[union-attr]
    assert reply_of(registry, "a").stop_reason == "abandoned"
    await close(registry)


async def test_a_closed_conversation_takes_no_command_and_has_no_timer(claude: ClaudeServer) -> None:
    registry = make_registry(
        claude.url("streams-closed", text=prose(500)), chats_per_caller=1, resume_for_seconds=30.0
    )
    stream = await registry.open(question("a", None), "ada")
    stream.handle_command(prompt("Hi"))
    await registry.open(question("b", None), "ada")
    assert list(registry.streams) == ["b"]
    await asyncio.wrap_future(stream.conversation.ended)
    await asyncio.sleep(0)
    assert stream._timer is None
    with pytest.raises(ProtocolError, match="closed"):
        stream.handle_command(prompt("And?", "k2"))
    await close(registry)


async def test_an_id_whose_question_is_refused_is_never_claimed(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(claude.url("streams-unclaimed", text=prose(500)), streams_per_caller=1)
    claimed: list[str] = []

    async def claim(stream_id: str, _: str) -> bool:
        claimed.append(stream_id)
        return True

    monkeypatch.setattr(registry.cluster, "claim", claim)
    await registry.open(question("a"), "ada")
    with pytest.raises(Refused, match="1 answers are running for you"):
        await registry.open(question("b"), "ada")
    assert claimed == ["a"]
    await close(registry)


async def test_an_id_for_which_there_is_no_room_is_never_claimed(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry(claude.url("streams-no-room"), chats_per_caller=1)
    claimed: list[str] = []

    async def claim(stream_id: str, _: str) -> bool:
        claimed.append(stream_id)
        return True

    monkeypatch.setattr(registry.cluster, "claim", claim)
    (await registry.open(question("a", None), "ada")).attach()
    with pytest.raises(Refused, match="1 conversations of yours"):
        await registry.open(question("b", None), "ada")
    assert claimed == ["a"]
    await close(registry)


async def test_messages_of_pages_count_in_the_bytes_that_are_kept(claude: ClaudeServer) -> None:
    url = claude.url("streams-bytes", text="Yes.", rate=None)
    registry = make_registry(url, body_bytes=1, kept_bytes_per_caller=250)
    read = await registry.open(question("read", None), "ada")
    unread = await registry.open(question("unread", None), "ada")
    for stream in (read, unread):
        stream.attach()
        stream.handle_command(prompt("x" * 100, "k1"))
        await asyncio.wrap_future(stream.conversation.ended)
    unread.detach()
    # The conversation that nobody reads makes room.
    read.handle_command(prompt("x" * 100, "k2"))
    assert list(registry.streams) == ["read"]
    await asyncio.wrap_future(read.conversation.ended)
    with pytest.raises(ProtocolError, match="have 250 bytes, which is the limit"):
        read.handle_command(prompt("x" * 100, "k3"))
    # A message that was refused does not count.
    read.handle_command(prompt("x" * 50, "k4"))
    await asyncio.wrap_future(read.conversation.ended)
    assert len(claude.records_of("streams-bytes")) == 4
    await close(registry)
