"""Tests of the demo: a real client, answered inside the process by the API's own stream."""

from __future__ import annotations

import time

import anthropic
import pytest

import nbstream
from nbstream.claude.demo import content_events, reply_events, split_pieces
from nbstream.claude.models import DEMO_MODEL

pytestmark = pytest.mark.anyio


async def test_the_sdk_reads_the_demo_as_it_reads_claude() -> None:
    client = nbstream.demo("Hello there", tokens_per_second=1000, wait=0)
    assert isinstance(client, anthropic.AsyncAnthropic)
    async with client.messages.stream(
        model="claude-opus-4-8",
        max_tokens=100,
        thinking={"type": "adaptive"},
        messages=[{"role": "user", "content": "Hi"}],
    ) as stream:
        message = await stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[1].text == "Hello there"
    assert message.content[0].signature
    assert (message.stop_reason, message.model) == ("end_turn", DEMO_MODEL)
    assert message.usage.output_tokens > 2
    await client.close()


async def text_of(client: anthropic.AsyncAnthropic, **more: object) -> str:
    async with client.messages.stream(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "Why?"}], **more
    ) as stream:
        return await stream.get_final_text()


async def test_given_replies_come_in_turn_and_from_the_start_again() -> None:
    client = nbstream.demo("one", "two", tokens_per_second=1000, wait=0)
    assert [await text_of(client) for _ in range(3)] == ["one", "two", "one"]
    await client.close()


async def test_the_default_reply_is_about_the_demo_and_repeats_the_question() -> None:
    client = nbstream.demo(tokens_per_second=10_000, wait=0)
    text = await text_of(client)
    assert "Why?" in text
    assert "ANTHROPIC_API_KEY" in text
    await client.close()


async def test_the_demo_keeps_to_the_given_speed() -> None:
    client = nbstream.demo("word " * 40, tokens_per_second=200, wait=0.1)
    began = time.monotonic()
    await text_of(client)
    assert 0.3 <= time.monotonic() - began < 10
    await client.close()


async def test_other_requests_are_refused_like_by_the_api() -> None:
    client = nbstream.demo()
    with pytest.raises(anthropic.NotFoundError, match="The demo answers messages"):
        await client.messages.count_tokens(model="m", messages=[])
    await client.close()


@pytest.mark.parametrize("bad", [{"tokens_per_second": 0}, {"tokens_per_second": -1}, {"wait": -1}])
def test_an_impossible_speed_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        nbstream.demo(**bad)


def test_the_pieces_of_a_text_are_the_whole_text() -> None:
    text = "A few words,\n\n  and  日本語のテキスト\t.\n"
    assert "".join(split_pieces(text)) == text
    assert list(reply_events([]))[-1]["type"] == "message_stop"


def test_a_reply_may_be_any_blocks_and_a_call_ends_it_for_its_result() -> None:
    cited = {"type": "text", "text": "Cold.", "citations": [{"type": "char_location", "cited_text": "3 °C"}]}
    call = {"type": "tool_use", "id": "c", "name": "weather", "input": {"city": "Oslo"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    events = list(content_events([cited, found, call]))
    starts = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    assert starts == [{"type": "text", "text": ""}, found, {**call, "input": {}}]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert {"type": "citations_delta", "citation": cited["citations"][0]} in deltas
    assert "".join(delta.get("partial_json", "") for delta in deltas) == '{"city": "Oslo"}'
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_calls_come_in_pieces_and_blocks_without_text_come_whole() -> None:
    result = {"tool_use_id": "s", "content": []}
    events = list(
        reply_events(
            [
                ("server_tool_use", {"id": "s", "name": "web_search"}, ["{}"]),
                ("web_search_tool_result", result, []),
                ("tool_use", {"id": "a", "name": "add"}, ['{"n": ', "1}"]),
            ]
        )
    )
    starts = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    assert starts == [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", **result},
        {"type": "tool_use", "id": "a", "name": "add", "input": {}},
    ]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert [delta["partial_json"] for delta in deltas] == ["{}", '{"n": ', "1}"]
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
