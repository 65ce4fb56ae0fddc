"""The factory of streams: what a caller and a question make of one."""

from __future__ import annotations

import asyncio

import anthropic
import pytest

from nbstream.server import Limits
from nbstream.server.billing.ledger import Ledger
from nbstream.server.http.request_body import Question
from nbstream.server.streams.end_hook import EndHook
from nbstream.server.streams.stream_factory import StreamFactory
from nbstream.tools.toolbox import Toolbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("content", [None, "Hi"])
async def test_a_question_makes_a_stream_with_the_servers_limits(content: str | None) -> None:
    limits = Limits(prompt_characters=123)
    client = anthropic.AsyncAnthropic(api_key="k", base_url="http://127.0.0.1:9")
    factory = StreamFactory(client, Toolbox([]), None, limits, 7.0, Ledger(limits), EndHook(None))
    request = {"model": "claude-opus-4-8", "max_tokens": 10}
    history = [{"role": "user", "content": "Before"}]
    stream = factory.create(
        Question("a", history, content, request), "ada", lambda _: None, lambda *_: None, asyncio.to_thread
    )
    assert (stream.id, stream.caller, stream.is_chat) == ("a", "ada", content is None)
    assert (stream.resume_for_seconds, stream.max_message_chars) == (7.0, 123)
    assert [turn.text() for turn in stream.conversation.transcript.turns] == ["Before"]
    stream.close()
    await client.close()
