"""One reply over real HTTP: it has exactly one end whatever the server does, and its text is kept."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, Record, prose

from nbstream.claude import client as door
from nbstream.claude.usage import CHARS_PER_TOKEN, estimate
from nbstream.conversation.budget import Budget
from nbstream.conversation.reply.failure import NO_SDK
from nbstream.conversation.reply.run import ReplyRun
from nbstream.core.ops import ReplyStatusChanged, Status
from nbstream.core.reply import RUNNING
from nbstream.core.transcript import Transcript

pytestmark = pytest.mark.anyio

KEEP_ALIVES = json.loads((Path(__file__).parents[2] / "fixtures" / "sse_keep_alives.json").read_text())
"""Between two events, as proxies send them; the page's tests read the same fixture."""

REQUEST = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The attempts before which the reply would have waited; the waits themselves are skipped."""
    asked: list[int] = []

    def backoff(attempt: int) -> float:
        asked.append(attempt)
        return 0.0

    monkeypatch.setattr(door, "backoff_seconds", backoff)
    return asked


class Reply:
    """A run against the server and the transcript that it wrote."""

    def __init__(
        self,
        url: str,
        *,
        max_retries: int = 0,
        budget: float | None = None,
        explain: Any = None,
        **request: Any,
    ) -> None:
        self.transcript = Transcript()
        self.transcript.add_turn("user", "Hello")
        self.transcript.open_reply(time.monotonic())
        client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=max_retries)
        sent = {**REQUEST, **request}
        more = {"budget": Budget(budget), "explain": explain}
        self.run = ReplyRun(self.transcript, sent, client, time.monotonic, lambda: None, **more)

    async def finish(self) -> Reply:
        await self.run.start()
        await door.close_clients()
        return self

    @property
    def reply(self) -> Any:
        return self.run.turn.reply

    @property
    def text(self) -> str:
        return self.run.turn.text()

    def ends(self) -> list[Status]:
        ops, _ = self.transcript.log.read_from(0, self.transcript.log.seq)
        return [op.status for op in ops if isinstance(op, ReplyStatusChanged) and op.status not in RUNNING]


async def sent(claude: ClaudeServer, name: str, deltas: int = 0) -> Record:
    """Return the scenario's request once `deltas` pieces of its answer have been sent."""
    await asyncio.to_thread(
        claude.wait_for, lambda: claude.records_of(name) and claude.records_of(name)[-1].deltas >= deltas
    )
    return claude.records_of(name)[-1]


async def left(claude: ClaudeServer, record: Record) -> float:
    """Return the time at which the client closed the connection."""
    await asyncio.to_thread(claude.wait_for, lambda: not record.is_open)
    assert record.disconnected_at is not None
    return record.disconnected_at


async def test_an_answer_comes_whole_with_its_usage_and_its_stop_reason(claude: ClaudeServer) -> None:
    url = claude.url("whole", text=prose(200), rate=None, thinking=["Let me ", "see."], stop_reason="max_tokens")
    reply = await Reply(url).finish()
    assert reply.text == "".join(prose(200))
    assert reply.run.turn.text("thinking") == "Let me see."
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.DONE, "max_tokens")
    assert reply.reply.usage == {"input_tokens": 10, "output_tokens": 202}
    assert reply.ends() == [Status.DONE]
    assert reply.run.turn.blocks[0].param["signature"] == "demo"


async def test_the_request_is_sent_as_it_was_given(claude: ClaudeServer) -> None:
    await Reply(claude.url("sent", rate=None), system="Be brief", stop_sequences=["END"]).finish()
    [record] = claude.records_of("sent")
    assert record.body == {**REQUEST, "system": "Be brief", "stop_sequences": ["END"], "stream": True}


@pytest.mark.parametrize("split", [1, 2, 7])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_any_cut_of_the_bytes_gives_the_same_text(claude: ClaudeServer, split: int, newline: str) -> None:
    text = "naïve 日本語 😀 👩‍👩‍👧 \r\n ”quoted” \\ \u2028 end"
    url = claude.url("cut", text=[text, text], rate=None, split=split, newline=newline, ping_every=1)
    assert (await Reply(url).finish()).text == text * 2


@pytest.mark.parametrize("case", KEEP_ALIVES, ids=lambda case: case["name"])
async def test_keep_alives_between_events_change_nothing(claude: ClaudeServer, case: dict[str, str]) -> None:
    url = claude.url(
        f"keep-alive {case['name']}".replace(" ", "-"), text="Hello", rate=None, keep_alive=case["raw"]
    )
    reply = await Reply(url).finish()
    assert (reply.text, reply.reply.status) == ("Hello", Status.DONE)


async def test_a_character_cut_into_two_escapes_arrives_whole(claude: ClaudeServer) -> None:
    start, block, *_, delta_end, stop = [*_events("x")]
    halves = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": h}}
        for h in "\ud83d\ude00"
    ]
    url = claude.url("halves", rate=None, events=[start, block, *halves, delta_end, stop], ascii=True)
    assert (await Reply(url).finish()).text == "😀"


def _events(text: str) -> list[dict[str, Any]]:
    from nbstream.claude.demo import reply_events

    return list(reply_events([("text", [text])]))


async def test_unknown_events_do_no_harm(claude: ClaudeServer) -> None:
    start, block, delta, *rest = _events("Hello")
    unknown = [
        {"type": "message_weather", "sun": True},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "colour_delta", "colour": "red"}},
    ]
    url = claude.url("unknown", rate=None, events=[start, block, delta, *unknown, *rest])
    reply = await Reply(url).finish()
    assert (reply.text, reply.reply.status) == ("Hello", Status.DONE)


async def test_text_without_its_blocks_start_is_kept(claude: ClaudeServer) -> None:
    start, _, delta, *rest = _events("Hello")
    reply = await Reply(claude.url("no-start", rate=None, events=[start, delta, *rest])).finish()
    assert reply.text == "Hello"


async def test_a_server_side_call_keeps_its_arguments(claude: ClaudeServer) -> None:
    start, _, _, _, *end = _events("x")
    call = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
    json_delta = {"type": "input_json_delta", "partial_json": '{"query": "crdt"}'}
    result = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}
    events = [
        start,
        {"type": "content_block_start", "index": 0, "content_block": call},
        {"type": "content_block_delta", "index": 0, "delta": json_delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": result},
        {"type": "content_block_stop", "index": 1},
        *end,
    ]
    reply = await Reply(claude.url("call", rate=None, events=events)).finish()
    content = reply.transcript.messages()[1]["content"]
    assert content == [{**call, "input": {"query": "crdt"}}, result]


async def test_citations_are_kept(claude: ClaudeServer) -> None:
    start, block, delta, *rest = _events("Hello")
    citation = {"type": "char_location", "cited_text": "Hi", "document_index": 0, "start_char_index": 0}
    cited = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": citation}}
    reply = await Reply(claude.url("cited", rate=None, events=[start, block, delta, cited, *rest])).finish()
    assert reply.transcript.messages()[1]["content"][0]["citations"] == [citation]


BREAKS = {
    "reset": (anthropic.APIConnectionError, "connection was lost"),
    "early_end": (anthropic.APIConnectionError, "ended before Claude's answer did"),
    "bad_json": (anthropic.APIConnectionError, "damaged"),
    "error_event": (anthropic.APIStatusError, "Overloaded"),
}


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("after", [0, 1, 20])
async def test_a_reply_that_breaks_off_fails_with_the_sdks_error_and_keeps_its_text(
    claude: ClaudeServer, fault: str, after: int
) -> None:
    name = f"{fault}-{after}"
    reply = await Reply(claude.url(name, text=prose(50), rate=None, fault=fault, fault_after=after)).finish()
    kind, said = BREAKS[fault]
    assert isinstance(reply.run.error, kind)
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.FAILED, None)
    assert said in reply.reply.error
    assert "sk-secret" not in reply.reply.error
    assert reply.ends() == [Status.FAILED]
    assert "".join(prose(50)).startswith(reply.text)
    assert reply.transcript.messages()[1:] == (
        [{"role": "assistant", "content": [{"type": "text", "text": reply.text}]}] if reply.text else []
    )


@pytest.mark.parametrize("fault", BREAKS)
async def test_a_break_before_any_visible_output_is_retried(
    claude: ClaudeServer, fault: str, no_backoff: list[int]
) -> None:
    name = f"again-{fault}"
    reply = await Reply(claude.url(name, rate=None, fault=fault, faults=2), max_retries=2).finish()
    assert reply.reply.status is Status.DONE
    assert reply.text == "".join(prose(50))
    assert len(claude.records_of(name)) == 3
    assert no_backoff == [1, 2]


async def test_a_break_after_visible_output_is_not_retried(claude: ClaudeServer) -> None:
    url = claude.url("shown", rate=None, fault="reset", fault_after=5)
    reply = await Reply(url, max_retries=2).finish()
    assert reply.reply.status is Status.FAILED
    assert len(claude.records_of("shown")) == 1


async def test_thinking_without_text_counts_as_no_output_and_leaves_no_block(
    claude: ClaudeServer,
) -> None:
    url = claude.url("omitted", rate=None, thinking=[], fault="reset", fault_after=1, faults=1)
    reply = await Reply(url, max_retries=1).finish()
    assert reply.reply.status is Status.DONE
    assert [block.type for block in reply.run.turn.blocks] == ["thinking", "text"]


async def test_a_permanent_error_is_not_retried(claude: ClaudeServer) -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "No"}}
    reply = await Reply(claude.url("invalid", rate=None, events=[error]), max_retries=2).finish()
    assert reply.reply.status is Status.FAILED
    assert len(claude.records_of("invalid")) == 1


@pytest.mark.parametrize(
    ("status", "kind", "error", "advice"),
    [
        (401, "authentication_error", anthropic.AuthenticationError, "ANTHROPIC_API_KEY"),
        (403, "permission_error", anthropic.PermissionDeniedError, "may not use"),
        (404, "not_found_error", anthropic.NotFoundError, "model's name"),
        (413, "request_too_large", anthropic.APIStatusError, "Send less"),
        (429, "rate_limit_error", anthropic.RateLimitError, "Wait a moment"),
        (500, "api_error", anthropic.InternalServerError, "Try again"),
        (529, "overloaded_error", anthropic.InternalServerError, "busy"),
    ],
)
async def test_a_refused_request_fails_with_advice(
    claude: ClaudeServer, status: int, kind: str, error: type[Exception], advice: str
) -> None:
    reply = await Reply(claude.url(f"status-{status}", status=(status, kind))).finish()
    assert isinstance(reply.run.error, error)
    assert advice in reply.reply.error
    assert "Scripted" in reply.reply.error


async def test_a_message_that_comes_as_json_is_shown_and_counted(claude: ClaudeServer) -> None:
    message = {
        "type": "message",
        "model": OPUS,
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 4},
    }
    url = claude.url("whole-json", plain=("application/json", json.dumps(message).encode()))
    reply = await Reply(url, model=OPUS).finish()
    assert (reply.text, reply.reply.status, reply.reply.stop_reason) == ("Hello", Status.DONE, "end_turn")
    assert reply.reply.usage == {"input_tokens": 3, "output_tokens": 4}
    assert estimate(reply.run.meter) == pytest.approx((3 * 5 + 4 * 25) / 1e6)


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        ("text/html", b"<html><title>Sign in</title></html>", 'answered with a web page ("Sign in")'),
        ("text/plain", b"Hello", 'answered with text ("Hello")'),
        ("application/json", b"", "answered with nothing"),
    ],
)
async def test_anything_but_an_answer_is_named_and_not_asked_for_again(
    claude: ClaudeServer, media_type: str, body: bytes, said: str
) -> None:
    name = f"no-answer-{media_type.replace('/', '-')}"
    reply = await Reply(claude.url(name, plain=(media_type, body)), max_retries=2).finish()
    assert reply.ends() == [Status.FAILED]
    assert f"/{name}/v1/messages {said} instead of an answer. Check base_url" in reply.reply.error
    assert len(claude.records_of(name)) == 1


async def test_a_server_that_is_not_there_fails_with_a_connection_error() -> None:
    reply = await Reply("http://127.0.0.1:1/none").finish()
    assert isinstance(reply.run.error, anthropic.APIConnectionError)
    assert "connection to Claude failed" in reply.reply.error
    assert "no server answers" in reply.reply.error


async def test_a_field_unknown_to_the_sdk_is_refused_with_the_way_to_send_it(claude: ClaudeServer) -> None:
    reply = await Reply(claude.url("field"), temperature=0.5).finish()
    assert isinstance(reply.run.error, TypeError)
    assert "temperature" in reply.reply.error
    assert "extra_body" in reply.reply.error
    assert claude.records_of("field") == []


async def test_an_import_that_fails_ends_the_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("no anthropic here")

    monkeypatch.setattr("nbstream.conversation.reply.run.import_sdk", broken)
    reply = await Reply("http://127.0.0.1:1/none").finish()
    assert reply.reply.status is Status.FAILED
    assert "no anthropic here" in reply.reply.error
    outside = await Reply("http://127.0.0.1:1/none", explain=repr).finish()
    assert outside.reply.error == NO_SDK


STOP_AT = {
    "before the head": ({"first": 60, "headless": True}, 0),
    "before the first token": ({"first": 60}, 0),
    "while thinking": ({"thinking": prose(5000), "rate": 500}, 10),
    "during a stall": ({"stall_after": 10, "rate": None}, 10),
    "while streaming": ({"text": prose(5000), "rate": 500}, 10),
}


@pytest.mark.parametrize("when", STOP_AT)
async def test_a_stop_closes_the_request_and_keeps_the_text(claude: ClaudeServer, when: str) -> None:
    scenario, deltas = STOP_AT[when]
    name = when.replace(" ", "-")
    reply = Reply(claude.url(name, **scenario))
    task = reply.run.start()
    record = await sent(claude, name, deltas)
    at = time.time()
    reply.run.stop("user")
    reply.run.stop("interrupt")
    await task
    assert await left(claude, record) - at < 1
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.STOPPED, "user")
    assert reply.ends() == [Status.STOPPED]
    assert reply.run.error is None
    await door.close_clients()


async def test_the_tokens_of_a_stopped_reply_are_counted(claude: ClaudeServer) -> None:
    text = "".join(prose(80))
    url = claude.url("counted", text=[text, "never"], thinking=["Let me see. " * 10], rate=None, stall_after=3)
    reply = Reply(url, model="claude-opus-4-8")
    task = reply.run.start()
    came = asyncio.Event()
    reply.run.subscribe(lambda piece: came.set() if piece == text else None)
    await came.wait()
    running = estimate(reply.run.meter)
    reply.run.stop("user")
    await task
    tokens = (len(text) + len("Let me see. " * 10)) // CHARS_PER_TOKEN
    assert reply.reply.usage == {"input_tokens": 10, "output_tokens": tokens}
    assert estimate(reply.run.meter) == running == pytest.approx((10 * 5 + tokens * 25) / 1e6)
    await door.close_clients()


async def test_the_tokens_of_a_failed_reply_are_counted(claude: ClaudeServer) -> None:
    url = claude.url("failed-count", text=["x" * 400, "y"], rate=None, fault="reset", fault_after=1)
    reply = await Reply(url).finish()
    assert reply.reply.status is Status.FAILED
    assert reply.reply.usage == {"input_tokens": 10, "output_tokens": 100}
    assert estimate(reply.run.meter) is None


OPUS = "claude-opus-4-8"


async def test_a_reply_is_stopped_as_soon_as_it_has_spent_its_budget(claude: ClaudeServer) -> None:
    url = claude.url("spent", text=["x" * 40] * 1000, rate=None, stall_after=100)
    reply = await Reply(url, model=OPUS, budget=(10 * 5 + 300 * 25) / 1e6).finish()
    assert reply.ends() == [Status.STOPPED]
    assert (reply.reply.stop_reason, reply.run.error) == ("budget", None)
    assert len(reply.text) == 1200
    assert reply.reply.usage["output_tokens"] == 300
    await left(claude, claude.records_of("spent")[0])


async def test_a_prompt_that_costs_more_than_the_budget_is_not_answered_any_further(
    claude: ClaudeServer,
) -> None:
    url = claude.url("prompt", input_tokens=1_000_000, rate=None)
    reply = await Reply(url, model=OPUS, budget=4).finish()
    assert (reply.reply.stop_reason, reply.text) == ("budget", "")
    assert reply.reply.usage == {"input_tokens": 1_000_000, "output_tokens": 1}


async def test_without_money_left_no_request_is_made(claude: ClaudeServer) -> None:
    reply = await Reply(claude.url("nothing-left"), model=OPUS, budget=0).finish()
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.STOPPED, "budget")
    assert claude.records_of("nothing-left") == []


async def test_an_answer_whose_last_count_spends_the_budget_is_complete(claude: ClaudeServer) -> None:
    events = _events("Hello")
    events[-2]["usage"] = {"input_tokens": 10, "output_tokens": 1_000_000}
    reply = await Reply(claude.url("last-count", events=events, rate=None), model=OPUS, budget=1).finish()
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.DONE, "end_turn")


async def test_after_a_pause_a_spent_budget_allows_no_further_request(claude: ClaudeServer) -> None:
    url = claude.url("pause-spent", text=["a", "b", "c"], rate=None, stop_reason="pause_turn")
    reply = await Reply(url, model=OPUS, budget=(10 * 5 + 3 * 25) / 1e6).finish()
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.STOPPED, "budget")
    assert reply.reply.usage == {"input_tokens": 10, "output_tokens": 3}
    assert len(claude.records_of("pause-spent")) == 1


async def test_a_stop_right_after_the_question_ends_the_reply(claude: ClaudeServer) -> None:
    reply = Reply(claude.url("at-once"))
    task = reply.run.start()
    reply.run.stop("user")
    await asyncio.wait({task})
    assert reply.ends() == [Status.STOPPED]
    assert claude.records_of("at-once") == []


async def test_a_stop_while_waiting_for_another_attempt_ends_it(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "backoff_seconds", lambda _: 60.0)
    reply = Reply(claude.url("backoff", rate=None, fault="reset"), max_retries=2)
    task = reply.run.start()
    record = await sent(claude, "backoff")
    await asyncio.to_thread(claude.wait_for, lambda: not record.is_open)
    reply.run.stop("user")
    await task
    assert reply.reply.status is Status.STOPPED
    assert len(claude.records_of("backoff")) == 1


async def test_a_stop_after_the_end_changes_nothing(claude: ClaudeServer) -> None:
    reply = await Reply(claude.url("late", rate=None)).finish()
    reply.run.stop("user")
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.DONE, "end_turn")


async def test_a_cancellation_of_the_loop_ends_the_reply_and_goes_on(claude: ClaudeServer) -> None:
    reply = Reply(claude.url("cancelled", stall_after=1))
    task = reply.run.start()
    await sent(claude, "cancelled", 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (reply.reply.status, reply.reply.stop_reason) == (Status.STOPPED, "closed")
    await door.close_clients()


async def test_a_server_that_holds_the_connection_after_the_end_does_not_hold_the_reply(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.conversation.reply.exchange.DRAIN_SECONDS", 0.05)
    reply = await Reply(claude.url("held", rate=None, hold=True)).finish()
    assert reply.ends() == [Status.DONE]
    await left(claude, claude.records_of("held")[0])


async def test_a_subscriber_gets_the_text_so_far_and_every_piece_after_it(claude: ClaudeServer) -> None:
    gate = {"gate": asyncio.Event(), "gate_after": 30}
    reply = Reply(claude.url("feed", text=prose(100), rate=2000, thinking=["Hm."], **gate))
    received: list[str | None] = []
    task = reply.run.start()
    await sent(claude, "feed", 30)
    gone: list[str | None] = []
    reply.run.subscribe(received.append)
    reply.run.subscribe(gone.append)
    reply.run.unsubscribe(gone.append)
    reply.run.unsubscribe(gone.append)
    claude.open_gate("feed")
    await task
    assert len(gone) == 1
    assert "".join(piece or "" for piece in received) == "".join(prose(100))
    assert received[-1] is None
    late: list[str | None] = []
    reply.run.subscribe(late.append)
    assert late == ["".join(prose(100)), None]
    await door.close_clients()


@pytest.mark.parametrize("seed", range(30))
async def test_any_mixture_of_cuts_faults_and_stops_comes_to_exactly_one_end(
    claude: ClaudeServer, seed: int
) -> None:
    random = Random(seed)
    name = f"mixture-{seed}"
    tokens = random.randint(0, 60)
    url = claude.url(
        name,
        text=prose(tokens, seed),
        rate=random.choice([None, 300, 1000]),
        split=random.choice([None, 1, 3, 50]),
        thinking=random.choice([None, [], prose(10, seed)]),
        fault=random.choice([None, *BREAKS]),
        fault_after=random.randint(0, 40),
        faults=random.randint(1, 3),
        stall_after=random.choice([None, random.randint(0, 40)]),
    )
    reply = Reply(url, max_retries=random.randint(0, 2))
    task = reply.run.start()
    asyncio.get_running_loop().call_later(random.uniform(0.01, 0.3), reply.run.stop, "user")
    await task
    assert len(reply.ends()) == 1
    assert claude.scenarios[name].whole_text().startswith(reply.text)
    assert (reply.reply.status is Status.DONE) <= (reply.text == claude.scenarios[name].whole_text())
    first = [message["role"] for message in reply.transcript.messages()][:1]
    assert first == ([] if reply.reply.is_left_out else ["user"])
    await door.close_clients()
    await asyncio.to_thread(claude.wait_for, lambda: all(not record.is_open for record in claude.records_of(name)))
