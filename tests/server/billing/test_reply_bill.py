"""The bill of a reply: settled once, by its own usage, and by no less than the API saw in any course of things."""

from __future__ import annotations

import asyncio
from itertools import count as numbers
from typing import Any

import anthropic
import httpx2
import pytest
from claude_server import ClaudeServer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from server.billing.accounts import MODEL, answered, new_account, new_request, pay, sent

from nbstream.claude import client as door
from nbstream.claude.demo import reply_events
from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.claude.usage import UsageMeter
from nbstream.conversation.budget import BudgetSpentError, NotAuthorizedError
from nbstream.core.protocol import ProtocolError
from nbstream.server import Limits
from nbstream.server.http.request_body import Question
from nbstream.server.streams.registry import StreamRegistry
from nbstream.server.streams.stream_source import StreamSource
from nbstream.tools.toolbox import Toolbox

pytestmark = pytest.mark.anyio

INPUT_TOKENS = 5_000
TEXT = ["Some ", "words ", "of ", "an ", "answer."]

PAGE_COMMANDS = ("prompt", "edit", "stop", "retry", "regenerate", "continue", "select_version")
OTHER_COMMANDS = ("open another", "leave", "delete", "midnight")
"""What a caller does beside a page's commands, and the end of the day. Another conversation takes the commands
after it; a reader who leaves stops the reply."""
PAUSES = {"no pause": None, "one round of the loop": 0.0, "a moment": 0.02, "a while": 0.08}

Step = tuple[tuple[str, ...], str]
"""Commands that come in one moment, and the pause after them."""

MOMENTS = st.one_of(
    st.sampled_from(
        [("stop", "select_version"), ("stop", "retry"), ("stop", "regenerate", "stop", "select_version")]
    ),
    st.lists(st.sampled_from(PAGE_COMMANDS + OTHER_COMMANDS), min_size=1, max_size=3).map(tuple),
)

DAYS = ("2030-01-01", "2030-01-02")


async def count(number: int) -> str:
    """Count.

    Args:
        number: A number.
    """
    await asyncio.sleep(0.01)
    return "y" * 100


CALLS = [("text", ["Some "]), ("tool_use", {"name": "count"}, ['{"number": ', "1}"])]
SEARCH = [("server_tool_use", {"name": "web_search", "id": "s"}, ['{"query": "a"}']), ("text", TEXT)]

NAMES = numbers()


def new_registry(url: str, toolbox: Toolbox | None = None, **limits: Any) -> StreamRegistry:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return StreamRegistry(client, toolbox or Toolbox([]), None, Limits(**limits), 0.0)


async def new_chat(registry: StreamRegistry, name: str = "a", **fields: Any) -> Any:
    request = {"model": MODEL, "max_tokens": 1000, "thinking": {"type": "adaptive"}, **fields}
    stream: StreamSource = await registry.open(Question(name, [], None, request), "ada")
    stream.attach()
    return stream


def send(stream: Any, kind: str) -> None:
    """Send a page's command about the latest turn, as a page on any of the connections may do at any time."""
    turns = stream.conversation.transcript.turns
    wire: dict[str, Any] = {"v": 1, "kind": kind, "page": "p", "key": f"k{next(NAMES)}"}
    if kind in ("prompt", "edit"):
        edited = {"edits": turns[-2].id} if kind == "edit" and len(turns) > 1 else {}
        wire |= {"kind": "prompt", "text": "x" * INPUT_TOKENS, **edited}
    elif kind == "stop":
        del wire["key"]
        wire["turn"] = turns[-1].id if turns else "t"
    elif kind == "select_version":
        # The first answer of all, of which the later ones of its question are other versions.
        wire["turn"] = "t2"
    else:
        wire["turn"] = turns[-1].id if turns else "t"
    stream.handle_command(wire)


def seen_usd(claude: ClaudeServer, name: str) -> float:
    """The cost of everything that the API saw and sent: the input of each request, and a token for each piece."""
    price = LIST_PRICES[MODEL]
    return sum(
        cost_of({"input_tokens": INPUT_TOKENS, "output_tokens": record.tokens}, price) or 0.0
        for record in claude.records_of(name)
    )


async def close(registry: StreamRegistry) -> None:
    await registry.close()
    await door.close_clients()


async def test_a_reply_without_any_count_costs_its_input_as_often_as_it_was_sent() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    request = new_request("x" * 100_000)
    (await pay(mine, request))[0].settle(sent())
    assert ledger.spent["ada"] == pytest.approx(0.625, rel=0.01)
    # The SDK sends a request again by itself.
    (await pay(mine, request))[0].settle(sent(2))
    assert ledger.spent["ada"] == pytest.approx(3 * 0.625, rel=0.01)


async def test_each_attempt_that_may_be_billed_is_kept_back_before_it_is_sent() -> None:
    mine, ledger = new_account(dollars_per_day=1.5)
    bill, _ = await pay(mine, new_request("x" * 100_000))
    meter = sent()
    await bill.authorize_retry(meter)
    assert ledger.spent["ada"] == pytest.approx(2 * 0.625, rel=0.03)
    # An attempt that the API refused costs nothing, so the next one needs no more.
    await bill.authorize_retry(meter)
    assert ledger.spent["ada"] == pytest.approx(2 * 0.625, rel=0.03)
    meter.attempt_sent()
    with pytest.raises(BudgetSpentError, match="too little of your budget"):
        await bill.authorize_retry(meter)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(2 * 0.625, rel=0.01)


async def test_a_request_that_was_refused_or_never_sent_costs_nothing() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    meter = sent()
    meter.attempt_refused()
    (await pay(mine, new_request("x" * 100_000)))[0].settle(meter)
    (await pay(mine, new_request("x" * 100_000)))[0].settle(UsageMeter(MODEL))
    assert ledger.spent["ada"] == pytest.approx(0.0)
    assert not ledger.running


async def test_a_reply_stopped_in_its_second_request_costs_the_input_of_both() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bill, _ = await pay(mine, new_request())
    meter = answered(input_tokens=1_000)
    meter.next_request()
    await bill.authorize(new_request("x" * 100_000), meter)
    meter.attempt_sent()
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.005 + 0.625, rel=0.01)


async def test_each_reply_is_settled_once_and_by_its_own_cost() -> None:
    mine, ledger = new_account(dollars_per_day=10.0)
    bills = [(await pay(mine, new_request()))[0] for _ in range(3)]
    for bill in [*bills, *reversed(bills)]:
        bill.settle(answered(output_tokens=1000))
    assert ledger.spent["ada"] == pytest.approx(0.075, rel=0.001)
    assert not ledger.running


async def test_a_further_request_of_a_reply_gets_the_dollars_that_earlier_ones_left() -> None:
    mine, ledger = new_account(dollars_per_day=0.01)
    bill, _ = await pay(mine, new_request(max_tokens=100))
    asked = new_request(max_tokens=100)
    meter = answered(output_tokens=160)
    meter.next_request()
    # The reserve grows with it, as far as the day has dollars left.
    assert await bill.authorize(asked, meter) == pytest.approx(0.0066, rel=0.02)
    assert asked["max_tokens"] == 100
    assert ledger.spent["ada"] == pytest.approx(0.0066, rel=0.02)
    meter.record({"input_tokens": 1, "output_tokens": 200}, is_complete=True)
    meter.next_request()
    assert await bill.authorize(asked, meter) == pytest.approx(0.01, rel=0.01)
    assert asked["max_tokens"] < 40
    meter.record({"input_tokens": 1, "output_tokens": 40}, is_complete=True)
    meter.next_request()
    with pytest.raises(BudgetSpentError, match="midnight UTC"):
        await bill.authorize(asked, meter)
    bill.settle(meter)
    assert ledger.spent["ada"] == pytest.approx(0.01, rel=0.01)
    mine, _ = new_account()
    assert await mine.open_bill(asked).authorize(asked, meter) is None


async def test_a_reserve_that_comes_after_the_end_of_its_reply_is_given_back() -> None:
    mine, ledger = new_account(dollars_per_day=1.0)
    request, meter = new_request(), UsageMeter(MODEL)
    bill = mine.open_bill(request)
    bill.settle(meter)
    with pytest.raises(NotAuthorizedError):
        await bill.authorize(request, meter)
    assert ledger.spent["ada"] == pytest.approx(0.0)


async def test_a_stop_with_the_choice_of_another_version_counts_the_request(claude: ClaudeServer) -> None:
    url = claude.url("settle-first", text="One", rate=None, then="settle-second")
    claude.url("settle-second", text="Two", first=30.0)
    registry = new_registry(url, dollars_per_day=100.0)
    stream = await new_chat(registry)
    send(stream, "prompt")
    await asyncio.wrap_future(stream.conversation.ended)
    first = stream.conversation.transcript.turns[-1].id
    before_usd = registry.ledger.spent["ada"]
    for requests in range(2, 6):
        turn = stream.conversation.transcript.turns[-1].id
        key = f"again{requests}"
        stream.handle_command({"v": 1, "kind": "regenerate", "page": "p", "key": key, "turn": turn})
        await asyncio.to_thread(claude.wait_for, lambda n=requests: len(claude.records_of("settle-first")) == n)
        # Both commands come in one moment, on two connections.
        turn = stream.conversation.transcript.turns[-1].id
        stream.handle_command({"v": 1, "kind": "stop", "page": "p", "turn": turn})
        stream.handle_command({"v": 1, "kind": "select_version", "page": "p", "key": f"{key}c", "turn": first})
        await asyncio.wrap_future(stream.conversation.ended)
        assert stream.conversation.transcript.turns[-1].id == first
    least = cost_of({"input_tokens": 4 * INPUT_TOKENS}, LIST_PRICES[MODEL])
    assert least is not None
    assert registry.ledger.spent["ada"] - before_usd >= least
    assert not registry.ledger.running
    await close(registry)


@pytest.mark.parametrize(("dollars", "attempts"), [(0.05, 1), (0.1, 2), (1.0, 3)])
async def test_the_sdk_repeats_a_request_only_as_often_as_it_can_be_paid_for(
    monkeypatch: pytest.MonkeyPatch, dollars: float, attempts: int
) -> None:
    def lose(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        raise httpx2.ReadError("lost", request=request)

    sent: list[httpx2.Request] = []
    monkeypatch.setattr(anthropic.AsyncAnthropic, "_calculate_retry_timeout", lambda *_, **__: 0.0)
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lose))
    client = anthropic.AsyncAnthropic(api_key="k", http_client=http, max_retries=2)
    registry = StreamRegistry(client, Toolbox([]), None, Limits(dollars_per_day=dollars), 0.0)
    stream = await new_chat(registry)
    send(stream, "prompt")
    await asyncio.wrap_future(stream.conversation.ended)
    assert len(sent) == attempts
    reply = stream.conversation.transcript.turns[-1].reply
    assert ("too little of your budget" in reply.error) is (attempts < 3)
    assert registry.ledger.spent["ada"] == pytest.approx(attempts * 0.034, rel=0.03)
    assert registry.ledger.spent["ada"] <= dollars
    await close(registry)
    await http.aclose()


async def test_a_connection_that_is_lost_before_the_answer_counts_the_request(claude: ClaudeServer) -> None:
    registry = new_registry(claude.url("settle-reset", fault="reset", fault_after=0), dollars_per_day=100.0)
    stream = await new_chat(registry)
    send(stream, "prompt")
    await asyncio.wrap_future(stream.conversation.ended)
    assert registry.ledger.spent["ada"] >= seen_usd(claude, "settle-reset") > 0
    await close(registry)


@pytest.mark.parametrize("status", [(401, "authentication_error"), (529, "overloaded_error")])
async def test_a_request_that_the_api_refuses_costs_nothing(claude: ClaudeServer, status: tuple[int, str]) -> None:
    registry = new_registry(claude.url(f"settle-{status[0]}", status=status), dollars_per_day=100.0)
    stream = await new_chat(registry)
    send(stream, "prompt")
    await asyncio.wrap_future(stream.conversation.ended)
    assert registry.ledger.spent["ada"] == pytest.approx(0.0)
    assert not registry.ledger.running
    await close(registry)


async def test_a_request_that_reaches_nobody_costs_nothing() -> None:
    registry = new_registry("http://127.0.0.1:9", dollars_per_day=100.0)
    stream = await new_chat(registry)
    send(stream, "prompt")
    await asyncio.wrap_future(stream.conversation.ended)
    assert registry.ledger.spent["ada"] == pytest.approx(0.0)
    await close(registry)


class Play:
    """One caller at one server, in whose conversations commands are played."""

    def __init__(self, claude: ClaudeServer, scenario: dict[str, Any], limit_usd: float) -> None:
        self.name = f"settle-any-{next(NAMES)}"
        scenario = dict(scenario)
        fields = scenario.pop("fields", {})
        if blocks := scenario.pop("blocks", None):
            scenario["events"] = list(reply_events(blocks, input_tokens=INPUT_TOKENS))
        url = claude.url(self.name, text=TEXT, input_tokens=INPUT_TOKENS, obedient=True, **scenario)
        toolbox = Toolbox([count])
        self.registry = new_registry(url, toolbox, dollars_per_day=limit_usd, prompt_characters=10_000_000)
        self.fields = {"tools": [*toolbox.definitions, *fields.pop("tools", ())], **fields}
        self.day = DAYS[0]
        self.registry.ledger._read_day = lambda: self.day
        self.stream: Any = None

    async def do(self, kind: str) -> None:
        if kind == "open another":
            self.stream = await new_chat(self.registry, f"s{next(NAMES)}", **self.fields)
            kind = "prompt"
        if kind == "leave":
            # The reader comes back at once.
            self.stream.detach()
            self.stream.attach()
        elif kind == "delete":
            await self.registry.stop(self.stream.id, "ada")
        elif kind == "midnight":
            self.day = DAYS[1]
        else:
            send(self.stream, kind)

    def spent_usd(self, day: str) -> float:
        return self.registry.ledger._spending.of_this_worker(day).get("ada", 0.0)

    async def end(self) -> None:
        while self.registry.ledger.running:
            for stream in list(self.registry.streams.values()):
                stream.stop()
            await asyncio.sleep(0.005)
        await close(self.registry)


async def play(claude: ClaudeServer, steps: list[Step], scenario: dict[str, Any], limit_usd: float) -> None:
    """Play commands with their pauses, and compare the days' dollars with everything that the API saw."""
    played = Play(claude, scenario, limit_usd)
    await played.do("open another")
    for kinds, pause in steps:
        # Several commands come in one moment, on as many connections.
        for kind in kinds:
            try:
                await played.do(kind)
            except ProtocolError as error:
                # So many messages may wait that the next one is refused. What was refused must cost nothing.
                if "wait already" not in str(error):
                    raise
        if (seconds := PAUSES[pause]) is not None:
            await asyncio.sleep(seconds)
        assert all(played.spent_usd(day) <= limit_usd + 1e-9 for day in DAYS)
    await played.end()
    spent_usd = [played.spent_usd(day) for day in DAYS]
    assert max(spent_usd) <= limit_usd + 1e-9
    assert sum(spent_usd) >= seen_usd(claude, played.name) - 1e-9


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from(sorted(PAUSES))), max_size=10),
    st.sampled_from(
        [
            {"rate": None},
            {"rate": 100.0},
            {"first": 0.05, "rate": 100.0},
            {"first": 0.05, "headless": True, "rate": None},
            {"rate": None, "fault": "reset", "fault_after": 0},
            {"rate": None, "fault": "early_end", "fault_after": 3},
            {"rate": None, "fault": "error_event", "fault_after": 2},
            {"rate": 100.0, "thinking": ["Some ", "thoughts."]},
            {"rate": None, "blocks": CALLS},
            {"rate": 100.0, "blocks": CALLS, "fault": "early_end", "fault_after": 2},
            {
                "rate": 50.0,
                "blocks": SEARCH,
                "fields": {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
            },
            {"rate": None, "fields": {"cache_control": {"type": "ephemeral", "ttl": "1h"}}},
        ]
    ),
    st.sampled_from([1_000.0, 0.2]),
)
@example([((), "a while")] * 4, {"rate": 100.0, "thinking": ["Some ", "thoughts."]}, 1_000.0)
@example([(("prompt",) * 3, "a moment")] * 4, {"first": 0.05, "rate": 100.0}, 1_000.0)
def test_no_order_of_commands_counts_less_than_the_api_saw_or_passes_the_limit(
    claude: ClaudeServer, steps: list[Step], scenario: dict[str, Any], limit_usd: float
) -> None:
    asyncio.run(play(claude, steps, scenario, limit_usd))
