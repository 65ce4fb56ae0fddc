"""Decoding of the API's stream, compared with the SDK's own decoder: any events, any ends of lines, any cuts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic._streaming import SSEDecoder
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude import event_decoder
from nbstream.claude.event_decoder import EventDecoder

RESPONSE = httpx2.Response(200, request=httpx2.Request("POST", "https://claude.example/v1/messages"))


def decode(pieces: Iterable[bytes]) -> list[dict[str, Any]]:
    decoder, events = EventDecoder(RESPONSE), list[dict[str, Any]]()
    for piece in pieces:
        decoder.feed(piece, events)
    return events


def decode_by_sdk(pieces: Iterable[bytes]) -> list[dict[str, Any]]:
    named = [
        sse for sse in SSEDecoder().iter_bytes(iter(pieces)) if sse.event and sse.event != "ping" and sse.data
    ]
    return [event for sse in named if isinstance(event := sse.json(), dict)]


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    ends = sorted({0, *(place % (len(data) + 1) for place in places), len(data)})
    return (data[begin:end] for begin, end in pairwise(ends))


def delta(text: str, field: str = "text", index: int = 0) -> dict[str, Any]:
    type_ = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}[field]
    return {"type": "content_block_delta", "index": index, "delta": {"type": type_, field: text}}


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=6)
"""Any code points, with halves of characters, quotes, backslashes and line separators."""

DELTAS = st.builds(
    delta, ANY_TEXT, st.sampled_from(["text", "thinking", "partial_json"]), st.integers(min_value=0, max_value=1)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(ANY_TEXT, inner, max_size=2),
    max_leaves=4,
)
OTHERS = st.one_of(
    VALUES,
    st.builds(lambda event, more: {**event, "usage": more}, DELTAS, VALUES),
    st.builds(lambda event, more: {**event, "delta": {**event["delta"], "more": more}}, DELTAS, VALUES),
    st.builds(lambda event: dict(reversed(event.items())), DELTAS),
    st.builds(lambda event, more: {**event, "more": more}, DELTAS, st.sampled_from(["a b", "ab", 1, [], {}])),
    st.builds(lambda text: {"text": text, "delta": {"type": "text_delta", "text": text}}, ANY_TEXT),
    st.builds(lambda text: {"delta": {"type": "text_delta", "text": text}, "text": text}, ANY_TEXT),
    st.builds(lambda text: {"delta": {"text": "", "type": "text_delta", "other": {"text": text}}}, ANY_TEXT),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """A stream as no server sends it: with other fields, without names, with padding, of any ends of lines."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), None]))
    lines: list[str] = []
    for event in draw(st.lists(st.one_of(DELTAS, DELTAS, OTHERS), max_size=8)):
        data = json.dumps(
            event,
            ensure_ascii=draw(st.booleans()) or "\\ud" in json.dumps(event),
            separators=separators,
            indent=None if separators else 1,
        )
        if data.endswith("}}"):
            data = f"{data[:-1]}{draw(st.sampled_from(['', ' ', '    ', chr(9)]))}}}"
        name = draw(
            st.sampled_from(["event: content_block_delta"] * 3 + ["event:x", "event: ping", "id: 7", ":hi"])
        )
        fields = [name, *(f"data:{draw(st.sampled_from([' ', '']))}{line}" for line in data.split("\n"))]
        lines += [*draw(st.permutations(fields) if len(fields) == 2 else st.just(fields)), ""]
        lines += draw(st.sampled_from([[], [], [": keep-alive", ""], ["retry: 5"], [""]]))
    return end.join([*lines, ""]).encode()


@given(streams(), st.lists(st.integers(min_value=0)))
def test_the_events_are_those_of_the_sdks_decoder_however_a_stream_is_cut(
    stream: bytes, places: list[int]
) -> None:
    expected = decode_by_sdk([stream])
    assert decode([stream]) == expected
    assert decode(cut(stream, places)) == expected
    assert decode(stream[at : at + 1] for at in range(len(stream))) == expected


@given(st.lists(DELTAS, min_size=1, max_size=20), st.lists(st.integers(min_value=0)))
def test_deltas_have_the_text_that_was_sent(deltas: list[dict[str, Any]], places: list[int]) -> None:
    stream = b"".join(f"event: content_block_delta\ndata: {json.dumps(event)}\n\n".encode() for event in deltas)
    assert decode(cut(stream, places)) == deltas


@pytest.mark.parametrize(("padding", "more"), [("", {}), (" " * 9, {}), ("", {"more": "a b"})])
def test_only_the_first_of_similar_deltas_is_parsed_whole(
    monkeypatch: pytest.MonkeyPatch, padding: str, more: dict[str, Any]
) -> None:
    parsed = []
    loads = json.loads
    monkeypatch.setattr(event_decoder.json, "loads", lambda data: parsed.append(data) or loads(data))
    deltas = [{**delta(f'{number} "quoted"}} '), **more} for number in range(100)]
    events = decode(f"event: d\ndata: {json.dumps(each)[:-1]}{padding}}}\n\n".encode() for each in deltas)
    assert events == deltas
    assert len(parsed) == 2


def test_text_elsewhere_in_an_event_is_not_taken_for_its_deltas() -> None:
    events = [{"delta": {"type": "text_delta"}, "other": {"text": text}} for text in "abc"]
    assert decode(f"event: d\ndata: {json.dumps(event)}\n\n".encode() for event in events) == events


def test_an_end_that_differs_from_the_one_before_is_read_as_it_is() -> None:
    for ends in (["a b", "ab", "a  b"], [[], {}, {}], [1, 2, 2]):
        events = [{**delta("x"), "more": end} for end in ends]
        assert decode(f"event: d\ndata: {json.dumps(event)}\n\n".encode() for event in events) == events


def test_lines_of_data_are_joined_by_a_line_feed() -> None:
    with pytest.raises(ValueError, match="line 2"):
        decode([b"event: d\ndata: [1\ndata: 2]\n\n"])


def test_an_event_that_breaks_off_is_not_read_as_one_like_the_one_before() -> None:
    start = (
        b'event: d\ndata: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "'
    )
    whole = start + b'a"}}\n\n'
    for broken in (b"b\n\n", b'b"\n\n', b'b"}}, 1\n\n', b'b"}}}\n\n'):
        events: list[dict[str, Any]] = []
        with pytest.raises(ValueError, match=r"line \d|Extra|Expecting"):
            EventDecoder(RESPONSE).feed(whole + start + broken, events)
        assert [event["delta"]["text"] for event in events] == ["a"]


@pytest.mark.parametrize(
    ("data", "message", "body"),
    [
        (
            '{"error": {"type": "overloaded_error"}}',
            "{'error': {'type': 'overloaded_error'}}",
            {"error": {"type": "overloaded_error"}},
        ),
        ("upstream failed", "upstream failed", "upstream failed"),
        ("", "Error code: 200", ""),
    ],
)
def test_an_error_is_the_sdks_own_and_keeps_the_events_before_it(data: str, message: str, body: object) -> None:
    events: list[dict[str, Any]] = []
    stream = f"event: d\ndata: {json.dumps(delta('a'))}\n\nevent: error\ndata: {data}\n\n".encode()
    with pytest.raises(anthropic.APIStatusError) as raised:
        EventDecoder(RESPONSE).feed(stream, events)
    assert (raised.value.message, raised.value.body, events) == (message, body, [delta("a")])


def test_bytes_that_are_no_utf_8_fail_after_the_events_before_them() -> None:
    events: list[dict[str, Any]] = []
    stream = f"event: d\ndata: {json.dumps(delta('a'))}\n\n".encode() + b"event: d\ndata: \xff\n\n"
    with pytest.raises(UnicodeDecodeError):
        EventDecoder(RESPONSE).feed(stream, events)
    assert events == [delta("a")]
