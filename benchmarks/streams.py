"""Memory and CPU of a server for its streams, against a bare handler, and for stalled clients.

    python benchmarks/streams.py [streams…]

Real HTTP, each server in a process of its own. The answers come at one token a second: two cores are to sustain
1,000 of them beside the clients and Claude's server (at 50 a second the SDK's parser alone would fill several).
`bare` is Starlette's `StreamingResponse` over the SDK's text, as `serving.py` has it.

Then 1,000 clients of which 100 read nothing, while each of these has an answer of 200,000 characters.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from claude_server import BY_MODEL, ClaudeServer, prose
from server.site import raw_request, text_of
from serving import ServedStream, of_the_system

STREAMS = (1, 100, 1_000)
RATE = 1
TOKENS = 25
STALLED = 100
LONG = 8_000
"""Length in characters of each piece of the answers that no client reads."""

STARTING = 10.0
"""Seconds in which all of them begin, one after the other."""

LONGEST = 90
"""Time in seconds for which the clients that read nothing are observed."""

TEXTS = {
    "warm": prose(TOKENS),
    "short": prose(TOKENS),
    "long": [piece.ljust(LONG, "x") for piece in prose(TOKENS)],
}


READ = ["short"] * (STREAMS[-1] - STALLED)


@dataclass
class Cost:
    """Resources that a server used, in addition to those before the run.

    Attributes:
        cpu: Seconds.
        megabytes: The most memory.
        buffers: The most memory of the system's for connections, in MB.
        exact: Readers who got their text to the character.
        upstream: Seconds after which each long answer's request had been sent whole.
        dropped: Seconds after which nobody was connected any more.
    """

    cpu: float = 0.0
    megabytes: float = 0.0
    buffers: float = 0.0
    exact: int = 0
    upstream: list[float] = field(default_factory=list)
    dropped: float = float("inf")


async def read(port: int, model: str, after: float = 0.0) -> bool:
    """Read an answer to its end; whether the text is exact."""
    await asyncio.sleep(after)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    body = json.dumps({"prompt": "Hello", "model": model})
    writer.write(raw_request("POST", "/api/stream", body, Connection="close"))
    lines = [line async for line in reader]
    writer.close()
    with suppress(RuntimeError, EOFError):
        text = text_of(json.loads(line[6:]) for line in lines if line.startswith(b"data: "))
        return text == "".join(TEXTS[model])
    return False


async def take_nothing(port: int) -> socket.socket:
    """Ask, and take nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", port))
    body = json.dumps({"prompt": "Hello", "model": "long"})
    await loop.sock_sendall(connection, raw_request("POST", "/api/stream", body))
    return connection


async def measure(kind: str, models: list[str], stalled: int = 0) -> Cost:
    with ClaudeServer() as claude:
        for model, text in TEXTS.items():
            claude.url(model, text=text, rate=None if model == "warm" else RATE)
        with ServedStream(kind, claude.url(BY_MODEL)) as server:
            await asyncio.gather(*(read(server.port, "warm") for _ in range(5)))
            cost, megabytes, buffers, cpu = Cost(), server.megabytes, of_the_system(), server.cpu
            began = time.monotonic()
            starts = [(model, at * STARTING / len(models)) for at, model in enumerate(models)]
            async with asyncio.TaskGroup() as group:
                deaf = [group.create_task(take_nothing(server.port)) for _ in range(stalled)]
                readers = [group.create_task(read(server.port, *start)) for start in starts]
                while not all(reader.done() for reader in readers) or (
                    server.clients and time.monotonic() < began + LONGEST
                ):
                    cost.megabytes = max(cost.megabytes, server.megabytes - megabytes)
                    cost.buffers = max(cost.buffers, of_the_system() - buffers)
                    await asyncio.sleep(0.25)
            cost.exact = sum(reader.result() for reader in readers)
            cost.cpu = server.cpu - cpu
            if not server.clients:
                cost.dropped = time.monotonic() - began
            cost.upstream = [
                (record.finished_at or float("inf")) - record.received_at for record in claude.records_of("long")
            ]
            for connection in deaf:
                connection.result().close()
            return cost


async def costs(counts: list[int]) -> None:
    print(f"Streams of {TOKENS} tokens at {RATE} a second: CPU of the server, and its memory at the most")
    for count in counts:
        bare = await measure("bare", ["short"] * count)
        ours = await measure("nbstream", ["short"] * count)
        for kind, cost in (("bare", bare), ("nbstream", ours)):
            # One stream fits into the memory that the streams before it have freed.
            more = f"{cost.megabytes / bare.megabytes:4.2f} × bare" if bare.megabytes else "none in bare"
            print(
                f"  {count:5} {kind:9} {cost.cpu:6.2f} s, {cost.cpu / count / TOKENS * 1e6:5.0f} µs a token,"
                f" {cost.cpu / bare.cpu:4.2f} × bare;  {cost.megabytes:6.1f} MB,"
                f" {cost.megabytes / count * 1000:5.0f} kB each, {more};"
                f"  {cost.exact:5} exact",
                flush=True,
            )


async def deafness() -> None:
    print(f"{len(READ) + STALLED:,} readers, of which {STALLED} have an answer of {LONG * TOKENS:,} characters")
    for kind, stalled in (("nbstream", 0), ("nbstream", STALLED), ("bare", STALLED)):
        cost = await measure(kind, READ + ["long"] * (STALLED - stalled), stalled)
        print(
            f"  {kind:9} {stalled:3} of them take nothing: {cost.megabytes:6.1f} MB, and {cost.buffers:4.1f} MB"
            f" of the system's; {cost.exact} exact;"
            f" Claude had sent the long ones after {max(cost.upstream, default=float('inf')):.0f} s;"
            f" nobody connected after {cost.dropped:.0f} s",
            flush=True,
        )


def main(counts: list[int]) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(costs(counts))
    asyncio.run(deafness())


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or list(STREAMS))
