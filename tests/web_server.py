"""nbstream's app behind a real HTTP server on a thread, for tests with real clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import uvicorn
from claude_server import ClaudeServer

from nbstream.server import create_app


@contextmanager
def serving(claude: ClaudeServer, name: str, scenario: dict[str, Any], **settings: Any) -> Iterator[int]:
    """A server whose Claude answers as a scenario says; gives its port."""
    client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=claude.url(name, **scenario), max_retries=0)
    served = create_app(client=client, **settings)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await served(scope, receive, send)
        finally:
            if scope["type"] == "lifespan":
                await client.close()

    # Pages that still read at the end are not waited for.
    config = uvicorn.Config(app, port=0, ws="none", log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web-server", daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
