"""Requests as they are sent, over real HTTP: with the container of the answers before them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude import client as door
from nbstream.claude.demo import reply_events
from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation

pytestmark = pytest.mark.anyio

CODE = {"type": "code_execution_20260120", "name": "code_execution"}
CONTAINER = {"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"}


def with_container(text: str, where: str, stop_reason: str | None = None) -> list[dict[str, Any]]:
    """The events of an answer that names its container at its start or at its end."""
    events = list(reply_events([("text", [text])], stop_reason=stop_reason))
    if where == "start":
        events[0]["message"]["container"] = CONTAINER
    else:
        events[-2]["delta"]["container"] = CONTAINER
    return events


def talk(url: str) -> Conversation:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return Conversation(client, {"model": "m", "max_tokens": 9, "tools": [CODE]}, [], time.monotonic)


async def ask(conversation: Conversation, prompt: str) -> str:
    conversation.ask(UserMessage.from_prompt(prompt), {})
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)
    return conversation.transcript.turns[-1].text()


def containers(claude: ClaudeServer, name: str) -> list[Any]:
    return [record.body.get("container") for record in claude.records_of(name)]


@pytest.mark.parametrize("where", ["start", "end"])
@pytest.mark.parametrize("stop_reason", ["pause_turn", "compaction"])
async def test_an_answer_hands_its_container_to_all_requests_after_it(
    claude: ClaudeServer, where: str, stop_reason: str
) -> None:
    name = f"handed-{where}-{stop_reason}"
    claude.url("plain", text="B", rate=None)
    conversation = talk(claude.url(name, events=with_container("A", where, stop_reason), rate=None, then="plain"))
    assert await ask(conversation, "Run it") == "AB"
    assert await ask(conversation, "Again") == "B"
    assert containers(claude, name) == [None, "container_1", "container_1"]
    await door.close_clients()


async def test_a_container_that_the_api_no_longer_has_is_left_out_from_then_on(claude: ClaudeServer) -> None:
    refused = {"container": "container: Container container_1 not found"}
    claude.url("after", text="B", rate=None, refused=refused)
    conversation = talk(claude.url("gone", events=with_container("A", "end"), rate=None, then="after"))
    for prompt, text in (("Run it", "A"), ("Again", "B"), ("And again", "B")):
        assert await ask(conversation, prompt) == text
    assert containers(claude, "gone") == [None, "container_1", None, None]
    await door.close_clients()


async def test_unknown_content_is_sent_back_after_a_pause_and_with_the_next_question(claude: ClaudeServer) -> None:
    start, *_, end, stop = reply_events([], stop_reason="pause_turn")
    summary = {"type": "compaction", "content": "So far", "signature": "s"}
    delta = {"type": "compaction_delta", "content": "So far", "encrypted_content": "x"}
    events = [
        start,
        {"type": "content_block_start", "index": 0, "content_block": {**summary, "content": ""}},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        end,
        stop,
    ]
    claude.url("went-on", text="B", rate=None)
    conversation = talk(claude.url("compacted", events=events, rate=None, then="went-on"))
    for prompt in ("Hello", "Again"):
        assert await ask(conversation, prompt) == "B"
    sent = [record.body["messages"][1:2] for record in claude.records_of("compacted")]
    came = {**summary, "encrypted_content": "x"}
    assert sent == [
        [],
        [{"role": "assistant", "content": [came]}],
        [{"role": "assistant", "content": [came, {"type": "text", "text": "B"}]}],
    ]
    await door.close_clients()
