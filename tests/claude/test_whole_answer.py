"""An answer that is no stream: a message as JSON, an error, or something that is neither."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude.failures.errors import explain, is_retryable
from nbstream.claude.whole_answer import MAX_WHOLE_ANSWER_BYTES, BodyRecorder

URL = "https://gateway.example/v1/messages"
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "text", "text": "Hello"},
        {"type": "tool_use", "id": "a", "name": "add", "input": {"n": 1}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 3, "output_tokens": 4},
}


def events(body: bytes, media_type: str = "application/json") -> list[Any]:
    response = httpx2.Response(200, headers={"content-type": media_type}, request=httpx2.Request("POST", URL))
    recorder = BodyRecorder()
    for begin in range(0, len(body), 7):
        recorder.add(body[begin : begin + 7])
    return list(recorder.events(response))


def test_a_message_as_json_has_the_events_of_a_stream() -> None:
    start, text, _, call, _, end, stop = events(json.dumps(MESSAGE, indent=1).encode())
    assert (start["message"]["model"], start["message"]["content"]) == ("m", [])
    assert text["content_block"] == MESSAGE["content"][0]
    assert call["content_block"] == MESSAGE["content"][1]
    assert (end["delta"]["stop_reason"], end["usage"]["output_tokens"]) == ("tool_use", 4)
    assert stop == {"type": "message_stop"}


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        (b"", "application/json", "answered with nothing instead of an answer"),
        (b"<html><title>Sign in</title>", "text/html", 'answered with a web page ("Sign in") instead'),
        (b"upstream error", "text/plain", 'answered with text ("upstream error") instead'),
        (b"data: {}\n\n", "text/event-stream", "a stream whose events have no names"),
        (b"[1]", "application/json", "answered with JSON that is no message instead"),
        (b'{"detail": "Not logged in"}', "application/json", 'JSON that is no message ("Not logged in") instead'),
        (b'{"error": "no such model"}', "application/json", 'JSON that is no message ("no such model") instead'),
        (b"not JSON", "text/event-stream", 'answered with text ("not JSON") instead'),
    ],
)
def test_anything_else_is_named_with_the_address_and_not_asked_for_again(
    body: bytes, media_type: str, said: str
) -> None:
    with pytest.raises(anthropic.APIResponseValidationError) as raised:
        events(body, media_type)
    assert explain(raised.value).startswith(f"{URL} answered with ")
    assert said in explain(raised.value)
    assert "Check base_url" in explain(raised.value)
    assert not is_retryable(raised.value)


def test_an_error_with_status_200_is_the_apis_error() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(anthropic.APIStatusError, match="Overloaded") as raised:
        events(json.dumps(error).encode())
    assert is_retryable(raised.value)


@pytest.mark.parametrize("body", [b"", b"\n", b": keep-alive\n\n", b"event: ping\ndata: {}\n\n"])
def test_a_stream_that_broke_off_before_its_first_event_is_no_other_answer(body: bytes) -> None:
    assert events(body, "text/event-stream; charset=utf-8") == []


def test_nothing_is_kept_of_a_stream_and_no_more_than_the_limit_of_another_body() -> None:
    recorder = BodyRecorder()
    recorder.add(b"event: message_start\n")
    assert not recorder.has_found_event
    recorder.found_event()
    recorder.add(b"more")
    assert recorder.has_found_event
    assert list(recorder.events(httpx2.Response(200))) == []
    recorder = BodyRecorder()
    for _ in range(3):
        recorder.add(b"x" * MAX_WHOLE_ANSWER_BYTES)
    assert recorder._chunks == [b"x" * MAX_WHOLE_ANSWER_BYTES]
