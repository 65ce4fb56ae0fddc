"""The events of one request over real HTTP, where the server does not answer with a stream."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude import sdk_internals
from nbstream.claude.event_stream import open_events

pytestmark = pytest.mark.anyio

REQUEST = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
MESSAGE = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}], "usage": None}


async def read(url: str, **request: Any) -> list[Any]:
    async with (
        anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=0) as client,
        open_events(client, {**REQUEST, **request}) as events,
    ):
        return [event async for batch in events for event in batch]


async def test_a_message_as_json_is_read_to_its_end(claude: ClaudeServer) -> None:
    for name, media_type in (("json", "application/json"), ("claims", "text/event-stream")):
        url = claude.url(name, plain=(media_type, json.dumps(MESSAGE).encode()))
        assert [event["type"] for event in await read(url)] == [
            "message_start",
            "content_block_start",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]


@pytest.mark.parametrize(
    "body", [b"<html><title>Anmelden</title>", "<html><title>Anmelden</title>\nfür Gäste\n".encode("latin-1")]
)
async def test_a_page_in_any_encoding_is_named(claude: ClaudeServer, body: bytes) -> None:
    with pytest.raises(anthropic.APIResponseValidationError, match=r'a web page \("Anmelden"\)'):
        await read(claude.url("page", plain=("text/html; charset=latin-1", body)))


async def test_a_field_of_the_method_for_betas_is_sent(claude: ClaudeServer) -> None:
    url = claude.url("betas", rate=None)
    servers = [{"type": "url", "url": "https://mcp.example", "name": "mcp"}]
    await read(url, mcp_servers=servers, extra_body={"x": 1}, extra_headers={"anthropic-beta": "mcp"})
    [record] = claude.records_of("betas")
    assert (record.body["mcp_servers"], record.body["x"]) == (servers, 1)
    assert record.headers["anthropic-beta"] == "mcp"


@pytest.mark.parametrize(
    ("name", "advice"), [("stop_sequence", "did you mean stop_sequences?"), ("zzz", "check the spelling.")]
)
async def test_a_field_that_the_sdk_does_not_know_is_refused_with_the_nearest_one(name: str, advice: str) -> None:
    with pytest.raises(TypeError, match=rf"takes no {name}; {re.escape(advice)} A field that the API takes"):
        await read("http://127.0.0.1:1/none", **{name: 1})


@pytest.mark.parametrize(("asks", "attempts"), [(False, 3), (True, 1)])
async def test_an_sdk_that_cannot_ask_before_another_attempt_makes_none_where_it_must_ask(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch, asks: bool, attempts: int
) -> None:
    async def before_retry() -> None:
        raise AssertionError

    monkeypatch.delattr("anthropic._base_client.BaseClient.middleware")
    monkeypatch.setattr(anthropic.AsyncAnthropic, "_calculate_retry_timeout", lambda *_, **__: 0.0)
    name = f"old-sdk-{asks}"
    url = claude.url(name, status=(529, "overloaded_error"))
    async with anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=2) as client:
        with pytest.raises(anthropic.APIStatusError):
            async with open_events(client, REQUEST, before_retry=before_retry if asks else None):
                raise AssertionError
    assert len(claude.records_of(name)) == attempts


def as_stream(*events: Any) -> bytes:
    return b"".join(
        f"event: {event.get('type') if isinstance(event, dict) else 'odd'}\ndata: {json.dumps(event)}\n\n".encode()
        for event in events
    )


USAGE = {"input_tokens": 9, "cache_read_input_tokens": 3, "output_tokens": 1, "server_tool_use": None}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_result", "url": "https://a.example/", "title": "A", "encrypted_content": "x"}
CITATION = {"type": "char_location", "cited_text": "c", "document_index": 0}
RECORDED = (
    {"type": "message_start", "message": {**MESSAGE, "content": [], "id": "m1", "model": "m", "usage": USAGE}},
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "Hm 😀"},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": SEARCH},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"q'}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [FOUND]},
    },
    {"type": "content_block_stop", "index": 2},
    {"type": "content_block_start", "index": 3, "content_block": {"type": "text", "text": "", "citations": None}},
    {"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "A\u2028b \x85"}},
    {
        "type": "content_block_delta",
        "index": 3,
        "delta": {
            "type": "citations_delta",
            "citation": {"type": "char_location", "cited_text": "c", "document_index": 0},
        },
    },
    {"type": "content_block_delta", "index": 3, "delta": {"type": "new_delta", "text": "kept"}},
    {"type": "content_block_start", "index": 4, "content_block": {"type": "new_block", "data": [1, None]}},
    {"type": "new_event", "field": {"deep": [1]}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
)
"""A stream with every kind of event of the API, and with kinds that this version of the SDK does not know."""


async def test_the_events_are_the_data_of_the_sdks_own(claude: ClaudeServer) -> None:
    url = claude.url("recorded", plain=("text/event-stream", as_stream(*RECORDED)))
    events = await read(url)
    assert events == [event for event in RECORDED if event["type"] != "ping"]
    async with (
        anthropic.AsyncAnthropic(api_key="k", base_url=url) as client,
        await client.messages.create(**REQUEST, stream=True) as stream,
    ):
        assert events == [event.to_dict(warnings=False) async for event in stream]


async def test_an_sdk_without_those_private_names_has_its_objects_read(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = claude.url("recorded", plain=("text/event-stream", as_stream(*RECORDED)))
    events = await read(url)
    monkeypatch.setattr(sdk_internals, "_decoders", ())
    monkeypatch.setattr("nbstream.claude.event_stream.EventDecoder", None)
    assert await read(url) == events
    monkeypatch.setattr(sdk_internals, "plain_events", sdk_internals._as_data)
    assert await read(url) == events


@pytest.mark.parametrize("by_sdk", [False, True])
async def test_all_bytes_count_as_activity_and_an_error_follows_the_events_before_it(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch, by_sdk: bool
) -> None:
    if by_sdk:
        monkeypatch.setattr(sdk_internals, "_decoders", ())
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    url = claude.url("failing", plain=("text/event-stream", as_stream(*RECORDED, error)))
    events, activity = [], []

    async def read_all() -> None:
        async with (
            anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client,
            open_events(client, REQUEST, lambda: activity.append(len(events))) as batches,
        ):
            async for batch in batches:
                events.extend(batch)

    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        await read_all()
    assert events == [event for event in RECORDED if event["type"] != "ping"]
    assert len(activity) >= 3


async def test_an_encoded_answer_is_decoded(claude: ClaudeServer) -> None:
    body = gzip.compress(as_stream(*RECORDED))
    url = claude.url("gzip", plain=("text/event-stream", body), headers={"content-encoding": "gzip"})
    assert await read(url) == [event for event in RECORDED if event["type"] != "ping"]


async def test_data_that_is_no_object_is_left_out(claude: ClaudeServer) -> None:
    stop = {"type": "message_stop"}
    body = as_stream([1], "text", 7, None, stop).replace(b"event: odd", b"event: message_delta")
    assert await read(claude.url("odd", plain=("text/event-stream", body))) == [stop]
