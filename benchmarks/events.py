"""CPU for a token, from the bytes on the wire to the data of an event: nbstream's reading beside others.

    python benchmarks/events.py [tokens]

`bytes` only takes the bytes from the SDK's response. `plain` is nbstream's reading. `objects` is `async for event
in client.messages.create(stream=True)`, and `stream` is the text of the SDK's `messages.stream`. The figure is the
CPU time of this process, all threads; the scripted server is another process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import bench  # noqa: F401  # makes the tests' modules importable
from anthropic import AsyncAnthropic
from claude_server import ClaudeServer, prose

from nbstream.claude.event_stream import open_events

ROUNDS = 5
RATES = (None, 2_000)
REQUEST = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}


async def read_bytes(client: AsyncAnthropic) -> None:
    async with await client.messages.create(**REQUEST, stream=True) as stream:
        async for _ in stream.response.aiter_bytes():
            pass


async def read_plain(client: AsyncAnthropic) -> None:
    async with open_events(client, REQUEST) as events:
        async for _ in events:
            pass


async def read_objects(client: AsyncAnthropic) -> None:
    async with await client.messages.create(**REQUEST, stream=True) as stream:
        async for _ in stream:
            pass


async def read_stream(client: AsyncAnthropic) -> None:
    async with client.messages.stream(**REQUEST) as stream:
        async for _ in stream.text_stream:
            pass


KINDS: dict[str, Callable[[AsyncAnthropic], Awaitable[None]]] = {
    "bytes": read_bytes,
    "plain": read_plain,
    "objects": read_objects,
    "stream": read_stream,
}


def serve(tokens: int, addresses: Any, done: Any) -> None:
    with ClaudeServer() as claude:
        addresses.put([claude.url(f"rate-{rate}", text=prose(tokens), rate=rate) for rate in RATES])
        done.get()


async def measure(address: str, tokens: int) -> dict[str, float]:
    micros: dict[str, list[float]] = {name: [] for name in KINDS}
    async with AsyncAnthropic(api_key="k", base_url=address) as client:
        await read_plain(client)
        for _ in range(ROUNDS):
            for name, read in KINDS.items():
                began = time.process_time()
                await read(client)
                micros[name].append((time.process_time() - began) / tokens * 1e6)
    return {name: statistics.median(values) for name, values in micros.items()}


def main(tokens: int) -> None:
    addresses: Any = multiprocessing.Queue()
    done: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(tokens, addresses, done))
    server.start()
    try:
        for rate, address in zip(RATES, addresses.get(), strict=True):
            micros = asyncio.run(measure(address, tokens))
            speed = f"{rate:,} a second" if rate else "as fast as they come"
            print(f"{tokens:,} tokens, {speed}, median of {ROUNDS}")
            for name, value in micros.items():
                print(f"  {name:8} {value:6.1f} µs a token  {value / micros['objects']:5.2f} × objects")
    finally:
        done.put(None)
        server.join()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000)
