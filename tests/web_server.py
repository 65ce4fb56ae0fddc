"""nbstream's app behind a real HTTP server on a thread, for tests with real clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claude_server import ClaudeServer
from server.site import AppServer


@contextmanager
def run_web_server(claude: ClaudeServer, name: str, scenario: dict[str, Any], **settings: Any) -> Iterator[int]:
    """Run a server whose Claude answers as a scenario says. Yields its port."""
    with AppServer(claude.url(name, **scenario), **settings) as site:
        yield site.port
