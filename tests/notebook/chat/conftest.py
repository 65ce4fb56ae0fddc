"""Chats that the scripted server answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

import nbstream

TEXT = "".join(prose(60))
Ask = Callable[..., nbstream.Chat]


@pytest.fixture
def ask(claude: ClaudeServer, request: pytest.FixtureRequest) -> Ask:
    def ask(
        prompt: Any = "Hello", *, wait: bool = True, name: str | None = None, **scenario: Any
    ) -> nbstream.Chat:
        arguments = {key: scenario.pop(key) for key in ("model", "budget", "show") if key in scenario}
        url = claude.url(name or request.node.name, **{"text": TEXT, "rate": None, **scenario})
        client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=0)
        return nbstream.chat(prompt, client=client, wait=wait, **arguments)

    return ask
