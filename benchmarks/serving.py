"""A server in a process of its own for the benchmarks: nbstream's, or the bare handler that most would write.

    python benchmarks/serving.py nbstream|bare|threaded upstream-url [most]

It prints its port, and is measured from outside.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

MODELS = ("warm", "short", "long")
"""Names that a caller may give, by which Claude's server knows how to answer."""

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def bare(client: Any) -> Any:
    """Starlette's `StreamingResponse` over the SDK's text, of its async client or of the other one."""
    from anthropic import Anthropic
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    async def answer(request: Request) -> StreamingResponse:
        body = await request.json()
        messages = [{"role": "user", "content": body["prompt"]}]
        asked = {"model": body.get("model", "m"), "max_tokens": 64_000, "messages": messages}

        async def events() -> AsyncIterator[str]:
            async with client.messages.stream(**asked) as stream:
                async for text in stream.text_stream:
                    yield f"data: {json.dumps({'text': text})}\n\n"
            yield 'data: {"done": true}\n\n'

        def in_a_thread() -> Iterator[str]:
            with client.messages.stream(**asked) as stream:
                for text in stream.text_stream:
                    yield f"data: {json.dumps({'text': text})}\n\n"
            yield 'data: {"done": true}\n\n'

        threaded = isinstance(client, Anthropic)
        return StreamingResponse(in_a_thread() if threaded else events(), media_type="text/event-stream")

    return Starlette(routes=[Route("/api/stream", answer, methods=["POST"])])


def of_the_system() -> float:
    """MB that the system keeps in the buffers of all connections, at both ends."""
    words = Path("/proc/net/sockstat").read_text().partition("TCP:")[2].splitlines()[0].split()
    return int(words[words.index("mem") + 1]) * PAGE / 1e6


def serve(kind: str, upstream: str, most: int) -> None:
    import anthropic
    import uvicorn

    from nbstream.server import Limits, create_app
    from nbstream.server.http.connection_limits import LimitedProtocol

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    # As many connections as there are streams; by default the SDK has 1,000.
    http_client = anthropic.DefaultAsyncHttpxClient(limits=connections(most))
    client = anthropic.AsyncAnthropic(api_key="k", base_url=upstream, http_client=http_client)
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    if kind == "nbstream":
        limits = Limits(streams=most, streams_per_caller=most, models=MODELS)
        config = uvicorn.Config(
            create_app(client=client, model="m", limits=limits), http=LimitedProtocol, log_level="error"
        )
    else:
        if kind == "threaded":
            client = anthropic.Anthropic(api_key="k", base_url=upstream, max_retries=0)
        config = uvicorn.Config(bare(client), http="h11", log_level="error")
    threading.Thread(target=end_with_the_benchmark, name="benchmark", daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listening])


def end_with_the_benchmark() -> None:
    """A benchmark that is killed cannot end its server, which would be there for ever."""
    sys.stdin.buffer.read()
    os._exit(1)


def connections(most: int) -> Any:
    import httpx2

    return httpx2.Limits(max_connections=most, max_keepalive_connections=100)


class ServedStream:
    """Such a server; use it as a context manager."""

    def __init__(self, kind: str, upstream: str, most: int = 2_000) -> None:
        # `timeout` ends a benchmark with it, and by itself Python would then leave no context: Claude's server was
        # gone first, and this one said of every reply that its connection was lost.
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        command = [sys.executable, str(Path(__file__)), kind, upstream, str(most)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def megabytes(self) -> float:
        """Its memory, resident."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE / 1e6

    @property
    def clients(self) -> int:
        """Connections that clients have with it: those of its port that are established."""
        port = f":{self.port:04X}"
        lines = Path(f"/proc/{self._process.pid}/net/tcp").read_text().splitlines()[1:]
        inodes = {fields[9] for fields in map(str.split, lines) if fields[1].endswith(port) and fields[3] != "0A"}
        held = set()
        for link in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                held.add(os.readlink(link).removeprefix("socket:[").rstrip("]"))
        return len(inodes & held)

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2_000)
