"""Several workers and one Redis: any of them resumes, stops and commands any stream."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Any

import anthropic
import httpx
import pytest
from claude_server import ClaudeServer, prose
from server.asgi import Event, Exchange, text_of
from server.conftest import NewApp
from server.redis_server import PASSWORD, RedisServer

from nbstream.claude.prices import LIST_PRICES, cost_of
from nbstream.core.codec import to_wire
from nbstream.core.command_frames import Prompt
from nbstream.core.protocol import Ack
from nbstream.server import Limits, create_app
from nbstream.server.cluster import publisher, redis_cluster
from nbstream.server.cluster.keys import Keys
from nbstream.server.cluster.replica import OWNER_LOST
from nbstream.server.http.access_token import AccessToken
from nbstream.server.http.auth import SHARED_NAMESPACE
from nbstream.server.streams.sse_response import LOST_POSITION

pytestmark = pytest.mark.anyio

ASK = {"prompt": "Hi"}
SHARED = Keys(SHARED_NAMESPACE)
_names = count()


def new_id() -> str:
    return f"a-name-nobody-guesses-{next(_names)}"


def ask(app: Any, name: str, body: Any = ASK, **more: str) -> Exchange:
    return Exchange(app, "POST", "/api/stream", {**body, "id": name}, **more)


def back(app: Any, name: str, event: str | None = None) -> Exchange:
    return Exchange(app, "GET", f"/api/stream/{name}", **({} if event is None else {"last_event_id": event}))


def failure(events: list[Event]) -> tuple[str, str]:
    """The status and the error with which a stream ended."""
    return events[-1][1]["status"], events[-1][1]["error"]


async def status(app: Any, method: str, name: str, body: Any = None) -> int:
    async with Exchange(app, method, f"/api/stream/{name}", body) as exchange:
        return exchange.status


async def closed(claude: ClaudeServer, name: str, seconds: float = 5.0) -> float:
    """Wait until the latest request of a scenario is closed, and return the time at which it was."""
    await asyncio.to_thread(claude.wait_for, lambda: not claude.records_of(name)[-1].is_open, seconds)
    record = claude.records_of(name)[-1]
    return record.disconnected_at or record.finished_at or 0.0


@pytest.fixture
async def two(new_app: NewApp, redis: RedisServer) -> Any:
    """A function that makes two workers."""

    async def make(name: str, scenario: dict[str, Any], **settings: Any) -> list[Any]:
        return [await new_app(name, scenario, redis=redis.url, **settings) for _ in range(2)]

    return make


async def test_a_reader_goes_on_at_another_worker_from_any_place(two: Any) -> None:
    text = [*prose(200), "\r\n", "😀", "ü"]
    one, other = await two("shared-resume", {"text": text, "rate": 1000, "thinking": ["Hm"]}, resume_for=30)
    name = new_id()
    async with ask(one, name) as exchange:
        got = [await exchange.event_with("stream"), *[await exchange.event_with("op") for _ in range(3)]]
    # The reader changes workers repeatedly, each time perhaps ahead of the other worker.
    for app in (other, one, other, one):
        async with back(app, name, got[-1][0]) as exchange:
            assert exchange.status == 200
            for _ in range(2):
                event = await exchange.event()
                assert event is not None
                got.append(event)
    async with back(other, name, got[-1][0]) as exchange:
        got += await exchange.events()
    assert text_of(got) == "".join(text)
    places = [int(event.rpartition("-")[2]) for event, _ in got]
    assert places == sorted(places)
    assert got[-1][1]["status"] == "done"
    async with back(one, name) as exchange:
        all_there = await exchange.events()
    for place in range(places[0], places[-1] + 1, 37):
        parts = []
        for app in (one, other):
            async with back(app, name, f"{name}-{place}") as exchange:
                parts.append([data for _, data in (await exchange.events())[1:]])
        assert parts[0] == parts[1]
    assert text_of(all_there) == "".join(text)


async def test_a_plain_event_source_at_another_worker_stops_asking_when_it_has_the_answer(two: Any) -> None:
    one, other = await two("shared-event-source", {"text": "Hello", "rate": None}, resume_for=30)
    name = new_id()
    async with ask(one, name) as exchange:
        last = (await exchange.events())[-1][0]
    # The answer is published within a moment of its end.
    async with asyncio.timeout(5):
        while True:
            async with back(other, name, last) as again:
                if again.status == 204:
                    break
                await again.events()


async def test_a_stop_at_another_worker_closes_the_request(claude: ClaudeServer, two: Any) -> None:
    one, other = await two("shared-stop", {"text": prose(5000)})
    name = new_id()
    async with ask(one, name) as exchange:
        await exchange.event_with("text")
        began = time.time()
        assert await status(other, "DELETE", name) == 204
        assert await closed(claude, "shared-stop") - began < 1
        assert (await exchange.event_with("done"))[1]["status"] == "stopped"


async def test_a_reply_stops_when_its_last_reader_leaves_another_worker(claude: ClaudeServer, two: Any) -> None:
    one, other = await two("shared-leave", {"text": prose(5000)})
    name = new_id()
    async with ask(one, name) as here:
        await here.event_with("text")
        async with back(other, name) as there, back(other, name) as third:
            await there.event_with("text")
            await third.event_with("text")
            here.disconnect()
            await here.task
            there.disconnect()
            await there.task
            await third.event_with("text")
            assert claude.records_of("shared-leave")[-1].is_open
            began = time.time()
    assert await closed(claude, "shared-leave") - began < 1


async def test_a_page_commands_a_stream_at_another_worker(two: Any) -> None:
    one, other = await two("shared-command", {"text": "Hello", "rate": None})
    name = new_id()
    async with ask(one, name, {"chat": True}) as here, back(other, name) as there:
        command = to_wire(Prompt("page", "key", "Hi"))
        for _ in range(2):
            assert await status(other, "POST", name, command) == 204
        for exchange in (here, there):
            events = [
                await exchange.event_with("said"),
                await exchange.event_with("text"),
                await exchange.event_with("done"),
            ]
            assert [events[0][1]["said"], events[1][1]["text"]] == ["Hi", "Hello"]
        assert await status(other, "POST", name, to_wire(Ack("page", 1))) == 400
        assert await status(other, "POST", new_id(), command) == 404


async def test_a_stream_that_is_requested_at_two_workers_at_once_runs_once(claude: ClaudeServer, two: Any) -> None:
    apps = await two("shared-claim", {"text": prose(20), "rate": 200}, resume_for=5)

    async def read(app: Any, name: str) -> list[Event]:
        async with ask(app, name) as exchange:
            assert exchange.status == 200
            return await exchange.events()

    names = [new_id() for _ in range(5)]
    found = await asyncio.gather(*(read(app, name) for name in names for app in [*apps, *apps]))
    assert {text_of(events) for events in found} == {"".join(prose(20))}
    assert len(claude.records_of("shared-claim")) == len(names)


async def test_another_callers_stream_is_not_found_at_any_worker(claude: ClaudeServer, two: Any) -> None:
    def by_name(request: Any) -> Any:
        return request.headers.get("x-name")

    one, other = await two("shared-callers", {"text": prose(5000)}, authorize=by_name)
    name = new_id()

    def eve(method: str, path: str = "") -> Exchange:
        return Exchange(other, method, f"/api/stream{path}", {**ASK, "id": name}, x_name="eve")

    async with ask(one, name, x_name="ada") as exchange:
        await exchange.event_with("text")
        for method, path, expected in (("GET", f"/{name}", 404), ("DELETE", f"/{name}", 204), ("POST", "", 409)):
            async with eve(method, path) as theirs:
                assert theirs.status == expected
        await exchange.event_with("text")
        assert claude.records_of("shared-callers")[-1].is_open


async def test_a_stream_that_is_stopped_at_another_worker_before_it_comes_does_not_begin(
    claude: ClaudeServer, two: Any
) -> None:
    one, other = await two("shared-early", {})
    name = new_id()
    assert await status(other, "DELETE", name) == 204
    async with ask(one, name) as exchange:
        assert exchange.status == 409
    assert claude.records_of("shared-early") == []


async def test_limits_hold_over_all_workers(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_cluster, "HEARTBEAT_SECONDS", 0.02)
    limits = Limits(streams_per_caller=1)
    one, other = await two("shared-limits", {"text": prose(5000)}, limits=limits)
    name = new_id()

    async def asked(expected: int) -> Any:
        async with asyncio.timeout(30):
            while True:
                async with ask(other, name) as exchange:
                    if exchange.status == expected:
                        return await exchange.json() if expected != 200 else None

    async with ask(one, new_id()) as exchange:
        await exchange.event_with("text")
        assert "1 answers are running for you" in (await asked(429))["error"]
    # The id of the refused stream is still free.
    await asked(200)


async def test_a_worker_that_ends_leaves_a_stopped_answer_and_no_lease(
    claude: ClaudeServer, new_app: NewApp, redis: RedisServer
) -> None:
    other, name = await new_app("shared-end", {"text": prose(5000)}, redis=redis.url), new_id()
    client = anthropic.AsyncAnthropic(api_key="k", base_url=f"http://127.0.0.1:{claude.port}/shared-end")
    one = create_app(client=client, redis=redis.url, resume_for=30)
    async with AsyncExitStack() as readers:
        async with one.router.lifespan_context(one):
            here = await readers.enter_async_context(ask(one, name))
            there = await readers.enter_async_context(back(other, name))
            for exchange in (here, there):
                await exchange.event_with("text")
            assert redis.run("SCARD", SHARED.workers) == b":2\r\n"
        assert redis.run("SCARD", SHARED.workers) == b":1\r\n"
        for exchange in (here, there):
            assert (await exchange.events())[-1][1]["status"] == "stopped"
    assert await closed(claude, "shared-end")


async def test_redis_goes_and_comes_back(
    claude: ClaudeServer, new_app: NewApp, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_cluster, "RETRY_SECONDS", 0.05)
    text = prose(300)
    with RedisServer() as redis:
        one, other = [
            await new_app("shared-away", {"text": text, "rate": 150}, redis=redis.url, resume_for=30)
            for _ in range(2)
        ]
        name = new_id()
        async with ask(one, name) as here, back(other, name) as there:
            got = {app: [await exchange.event_with("text")] for app, exchange in ((0, here), (1, there))}
            redis.stop()
            for _ in range(4):
                got[0].append(await here.event_with("text"))
            for app in (one, other):
                async with ask(app, new_id()) as refused:
                    assert refused.status == 503
                    assert PASSWORD not in str(await refused.json())
            async with back(one, name) as mine:
                assert mine.status == 200
            redis.start()
            for app, exchange in ((0, here), (1, there)):
                got[app] += await exchange.events()
                assert text_of(got[app]) == "".join(text)
    assert PASSWORD not in caplog.text
    assert [record.getMessage() for record in caplog.records if "again" in record.getMessage()]
    assert len(claude.records_of("shared-away")) == 1


async def test_a_stream_with_remote_readers_only_is_stopped_during_an_outage(
    claude: ClaudeServer, new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(redis_cluster, "HEARTBEAT_SECONDS", 0.1)
    with RedisServer() as redis:
        one, other = [await new_app("shared-unread", {"text": prose(5000)}, redis=redis.url) for _ in range(2)]
        name = new_id()
        async with ask(one, name) as here, back(other, name) as there:
            await there.event_with("text")
            here.disconnect()
            await here.task
            await there.event_with("text")
            redis.stop()
        assert await closed(claude, "shared-unread")


WORKER = """
import sys, anthropic, uvicorn
from nbstream.server import create_app
client = anthropic.AsyncAnthropic(api_key="k", base_url=sys.argv[1], max_retries=0)
app = create_app(client=client, redis=sys.argv[2], resume_for=30)
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=0))
startup = server.startup
async def print_port(sockets=None):
    await startup(sockets)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
server.startup = print_port
server.run()
"""


async def events_of(response: httpx.Response) -> AsyncIterator[Event]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            name = line[4:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


async def test_a_worker_that_is_killed_leaves_a_clear_error_and_a_closed_request(
    claude: ClaudeServer, new_app: NewApp, redis: RedisServer
) -> None:
    # The other worker is this process.
    other, name = await new_app("shared-killed", {"text": prose(5000)}, redis=redis.url), new_id()
    command = [sys.executable, "-c", WORKER, f"http://127.0.0.1:{claude.port}/shared-killed", redis.url]
    one = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert one.stdout is not None
        port = int(await one.stdout.readline())
        url = f"http://127.0.0.1:{port}/api/stream"
        async with (
            httpx.AsyncClient(timeout=30) as http,
            http.stream("POST", url, json={**ASK, "id": name}) as posted,
            back(other, name) as there,
        ):
            here = events_of(posted)
            events = [await there.event_with("text")]
            async with asyncio.timeout(10):
                one.kill()
                killed = time.time()
                assert await closed(claude, "shared-killed") - killed < 1
                with pytest.raises(httpx.RemoteProtocolError):
                    [event async for event in here]
                events += await there.events()
    finally:
        with suppress(ProcessLookupError):
            one.kill()
        await one.wait()
    assert failure(events) == ("failed", OWNER_LOST)
    assert "".join(prose(5000)).startswith(text_of(events))
    async with back(other, name, events[0][0]) as again:
        assert failure(await again.events()) == ("failed", OWNER_LOST)
    # A reader of the dead worker comes with a position that no other worker has seen.
    async with back(other, name, f"{events[0][0].rpartition('-')[0]}-{10**6}") as lost:
        assert (lost.status, (await lost.json())["error"]) == (410, LOST_POSITION)


async def test_servers_with_other_tokens_share_nothing_in_one_redis(
    claude: ClaudeServer, new_app: NewApp, redis: RedisServer
) -> None:
    tokens = ["the-token-of-one-server", "the-token-of-another", "the-token-of-one-server"]
    one, other, twin = [
        await new_app("shared-tokens", {"text": prose(5000)}, redis=redis.url, token=token) for token in tokens
    ]

    def bearer(token: str) -> dict[str, str]:
        return {"authorization": f"Bearer {token}"}

    name = new_id()
    async with ask(one, name, **bearer(tokens[0])) as exchange:
        await exchange.event_with("text")
        path = f"/api/stream/{name}"
        for method, expected in (("GET", 404), ("DELETE", 204)):
            async with Exchange(other, method, path, **bearer(tokens[1])) as theirs:
                assert theirs.status == expected
        # The id is not taken there either.
        async with ask(other, new_id(), **bearer(tokens[1])) as theirs:
            assert theirs.status == 200
        async with Exchange(twin, "GET", path, **bearer(tokens[0])) as mine:
            assert mine.status == 200
        await exchange.event_with("text")
    spaces = {key.split(":")[1] for key in redis.run("KEYS", "*").decode().split("\r\n") if ":" in key}
    assert spaces == {AccessToken(token).namespace for token in tokens}


async def test_of_an_id_that_was_refused_nothing_is_written_to_redis(new_app: NewApp, redis: RedisServer) -> None:
    limits = Limits(prompt_characters=100, streams_per_caller=1)
    app = await new_app("shared-refused", {"text": prose(5000)}, redis=redis.url, limits=limits)
    refused = new_id()
    async with ask(app, refused, {"prompt": "x" * 200}) as exchange:
        assert exchange.status == 413
    async with ask(app, refused, {"prompt": "Hi", "model": "none"}) as exchange:
        assert exchange.status == 400
    async with ask(app, new_id()) as running:
        await running.event_with("text")
        async with ask(app, refused) as exchange:
            assert exchange.status == 429
    for method in ("GET", "POST", "DELETE"):
        assert await status(app, method, "short", {}) == 404
    keys = redis.run("KEYS", "*").decode()
    assert refused not in keys
    assert "short" not in keys


async def play(claude: ClaudeServer, redis: RedisServer, seed: int) -> None:
    """Ask several workers in a random order, and compare the day's dollars with what the API saw."""
    chance, name = random.Random(seed), f"shared-dollars-{seed}"
    text, limit_usd = prose(60), 0.02
    url = claude.url(name, text=text, rate=400, input_tokens=2, obedient=True)
    clients = [anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=1) for _ in range(3)]
    limits = Limits(dollars_per_day=limit_usd, streams_per_caller=100)
    apps = [create_app(client=client, redis=redis.url, limits=limits, max_tokens=200) for client in clients]
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))

        async def caller(app: Any) -> None:
            async with ask(app, new_id()) as exchange:
                if exchange.status != 200:
                    assert exchange.status == 429
                elif chance.random() < 0.5:
                    await exchange.events()
                else:
                    # The reader leaves, so the reply is stopped at some point.
                    await asyncio.sleep(chance.random() / 20)

        for _ in range(3):
            await asyncio.gather(*(caller(chance.choice(apps)) for _ in range(5)))
    usd = sum(
        float(field.split(" ")[1])
        for key in redis.run("KEYS", f"{SHARED.spending('*', 'this machine')}").decode().split("\r\n")
        if ":" in key
        for field in redis.run("HVALS", key).decode().split("\r\n")
        if " " in field
    )
    price = LIST_PRICES["claude-opus-4-8"]
    seen = [cost_of({"input_tokens": 2, "output_tokens": each.deltas}, price) for each in claude.records_of(name)]
    assert sum(each or 0.0 for each in seen) - 1e-9 <= usd <= limit_usd + 1e-9
    assert len(seen) >= 3


@pytest.mark.parametrize("seed", range(2))
async def test_the_days_dollars_hold_for_all_workers_and_are_never_fewer_than_the_api_billed(
    claude: ClaudeServer, redis: RedisServer, seed: int
) -> None:
    await play(claude, redis, seed)
