"""Delay of events to a client behind an nginx with its default buffering and compression.

    python benchmarks/proxied.py [streams]

At 25 tokens a second, streams at the same time, each event from the moment in which the app sends it to that in
which the client has read it: straight from the server, through nginx, and through the same nginx with our headers
taken off (`X-Accel-Buffering` ignored), as it treats a handler that has none. It also prints how late text is
after Claude's server sent it; nbstream sends pieces together that come within 100 ms.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
import httpx_sse
from claude_server import ClaudeServer, Record, prose
from server.nginx import Nginx
from server.site import AppServer

from nbstream.server import Limits

STREAMS = 10
TOKENS = 250
RATE = 25
STRIPPED = "proxy_ignore_headers X-Accel-Buffering; proxy_hide_header Cache-Control;"


class Noting:
    """Notes when an app sends each event, by the event's name."""

    def __init__(self, sent: dict[str, float], app: Any) -> None:
        self._sent = sent
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def noted(message: dict[str, Any]) -> None:
            now = time.time()
            for line in message.get("body", b"").split(b"\n"):
                if line.startswith(b"id: "):
                    self._sent[line[4:].decode()] = now
            await send(message)

        await self._app(scope, receive, noted)


@dataclass
class Got:
    """The reading of one client: the time of each event and of each character of the text."""

    events: dict[str, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    text: str = ""


async def read(client: httpx.AsyncClient, url: str, number: int) -> Got:
    got = Got()
    body = {"prompt": str(number)}
    async with httpx_sse.aconnect_sse(client, "POST", f"{url}/api/stream", json=body) as source:
        async for event in source.aiter_sse():
            now = time.time()
            text = json.loads(event.data).get("text", "")
            got.events[event.id] = now
            got.times += [now] * len(text)
            got.text += text
    return got


async def together(url: str, streams: int) -> list[Got]:
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=streams)) as client:
        return await asyncio.gather(*(read(client, url, number) for number in range(streams)))


def of_tokens(got: Got, record: Record, text: list[str]) -> list[float]:
    """Seconds from when Claude's server sent each token to when the client had read it."""
    ends = accumulate(map(len, text))
    return [got.times[end - 1] - sent for end, sent in zip(ends, record.delta_times, strict=True)]


def percentiles(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.0f} ms, p95 {cuts[94] * 1000:6.0f} ms"


def main(streams: int) -> None:
    text = prose(TOKENS)
    sent: dict[str, float] = {}
    limits = Limits(streams=streams, streams_per_caller=streams)
    with ExitStack() as stack:
        claude = stack.enter_context(ClaudeServer())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = claude.url("proxied", text=text, rate=RATE)
        site = stack.enter_context(AppServer(upstream, wrap=partial(Noting, sent), limits=limits))
        urls = {
            "straight from the server": site.url,
            "through nginx": stack.enter_context(Nginx(home / "with", site.port)).url,
            "through nginx, without our headers": stack.enter_context(
                Nginx(home / "without", site.port, STRIPPED)
            ).url,
        }
        asyncio.run(together(site.url, 1))
        print(f"{streams} streams of {TOKENS} tokens at {RATE} a second")
        for name, url in urls.items():
            before = len(claude.records)
            gots = asyncio.run(together(url, streams))
            records = {record.body["messages"][-1]["content"]: record for record in claude.records[before:]}
            assert all(got.text == "".join(text) for got in gots)
            events = [at - sent[event] for got in gots for event, at in got.events.items()]
            tokens = [
                seconds
                for number, got in enumerate(gots)
                for seconds in of_tokens(got, records[str(number)], text)
            ]
            print(f"  {name:36} from the app's send: {percentiles(events)};  from Claude's: {percentiles(tokens)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STREAMS)
