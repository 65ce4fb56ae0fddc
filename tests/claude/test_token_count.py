"""Counts that the API makes of content blocks."""

from __future__ import annotations

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude import client as door
from nbstream.claude.token_count import count_block_tokens

pytestmark = pytest.mark.anyio

BLOCK = {"type": "text", "text": "Hello"}


async def test_the_api_counts_blocks_as_those_of_a_users_message(claude: ClaudeServer) -> None:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("count", document_tokens=1_234))
    assert await count_block_tokens(client, "claude-opus-4-8", [BLOCK]) == 1_234
    [body] = [body for name, body in claude.counted if name == "count"]
    assert body["model"] == "claude-opus-4-8"
    assert body["messages"] == [{"role": "user", "content": [BLOCK, {"type": "text", "text": "."}]}]
    assert not claude.records_of("count")
    await door.close_clients()


async def test_a_server_that_does_not_count_gives_no_number(claude: ClaudeServer) -> None:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("count-not"), max_retries=0)
    assert await count_block_tokens(client, "claude-opus-4-8", [BLOCK]) is None
    unreachable = anthropic.AsyncAnthropic(api_key="k", base_url="http://127.0.0.1:9", max_retries=0)
    assert await count_block_tokens(unreachable, "claude-opus-4-8", [BLOCK]) is None
    await door.close_clients()
