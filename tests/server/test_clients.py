"""Every kind of client reads the same text, and every way of leaving closes the request to Claude."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import anthropic._streaming
import httpx
import httpx_sse
import pytest
from claude_server import ClaudeServer, Record, prose
from server.site import AppServer, Caller, delete_stream, raw_request, set_heartbeat, text_of

from nbstream.claude.demo import split_pieces
from nbstream.core.ops import Status
from nbstream.server import Limits

SHORT = (
    "Emoji 🎉👩‍👩‍👧 and é, a line that ends in CRLF\r\nand one in CR\ronly.\n\n"
    '```python\nprint("data: no event", \'\\n\', "\\u00e9")\n```\n\nid: 7\n: no comment\ndata: {"text": "no"}\n\n'
    'Separators \u2028 \u2029 \x85 \x0b \x0c \x1c, nothing \x00, a mark \ufeff, {"a": "\\\\"}'
)
TEXT = SHORT + " a long line" * 3_000 + SHORT


def by_curl(url: str) -> str:
    """Read with curl, line by line."""
    command = ["curl", "-sN", "-H", "Content-Type: application/json", "-d", '{"prompt": "Hello"}', url]
    output = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout.decode()
    return text_of(json.loads(line[6:]) for line in output.split("\n") if line.startswith("data: "))


def by_httpx_sse(url: str) -> str:
    with (
        httpx.Client(timeout=20) as client,
        httpx_sse.connect_sse(client, "POST", url, json={"prompt": "Hello"}) as source,
    ):
        return text_of(event.json() for event in source.iter_sse())


def by_the_sdks_decoder(url: str) -> str:
    with httpx.Client(timeout=20) as client, client.stream("POST", url, json={"prompt": "Hello"}) as response:
        decoder = anthropic._streaming.SSEDecoder()
        return text_of(event.json() for event in decoder.iter_bytes(response.iter_raw()))


def by_lines(url: str) -> str:
    """Read by Python's idea of a line, as many scripts do."""
    with httpx.Client(timeout=20) as client, client.stream("POST", url, json={"prompt": "Hello"}) as response:
        return text_of(json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))


def by_ten_lines(url: str) -> str:
    host, path = url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("POST", f"/{path}", '{"prompt": "Hello"}', {"Content-Type": "application/json"})
    with connection.getresponse() as response:
        text = text_of(json.loads(line[5:]) for line in response if line.startswith(b"data:"))
    connection.close()
    return text


@pytest.mark.parametrize("client", [by_curl, by_httpx_sse, by_the_sdks_decoder, by_lines, by_ten_lines])
def test_every_client_gets_the_same_text(
    claude: ClaudeServer, client: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Comments are then sent in the silence before the text.
    set_heartbeat(monkeypatch, 0.01)
    name = f"client-{client.__name__}"
    upstream = claude.url(name, text=TEXT, thinking=split_pieces(SHORT), rate=None, first=0.1, split=999)
    with AppServer(upstream) as site:
        assert client(f"{site.url}/api/stream") == TEXT


@pytest.mark.parametrize("escaped", [True, False])
def test_headers_and_events_are_as_documented(claude: ClaudeServer, escaped: bool) -> None:
    name = f"client-shapes-{escaped}"
    upstream = claude.url(name, text=SHORT, thinking=["Hm."], rate=None, split=1, ascii=escaped)
    with AppServer(upstream) as site, Caller(site.port, "headers-and-events") as caller:
        head = caller.head()
        events = list(caller.events())
    assert head["content-type"] == "text/event-stream; charset=utf-8"
    assert head["cache-control"] == "no-cache, no-transform"
    assert head["x-accel-buffering"] == "no"
    assert head["connection"] == "keep-alive"
    assert head["x-stream-id"] == events[0]["stream"] == "headers-and-events"
    assert "".join(event.get("text", "") for event in events) == SHORT
    assert "".join(event.get("thinking", "") for event in events) == "Hm."
    end = events[-1]
    assert (end["done"], end["status"], end["stop_reason"]) == (True, Status.DONE, "end_turn")
    assert end["usage"]["output_tokens"] > 0


def test_a_client_gets_a_sentence_when_claude_fails(claude: ClaudeServer) -> None:
    upstream = claude.url("client-fails", fault="early_end", fault_after=5)
    with AppServer(upstream) as site, Caller(site.port, "this-one-will-fail") as caller:
        assert "upstream" not in caller.event_with("error")["error"]
        assert list(caller.events()) == []


MOMENTS: dict[str, dict[str, Any]] = {
    "before-the-head": {"first": 30.0, "headless": True},
    "before-the-first-token": {"first": 30.0},
    "in-the-answer": {"rate": 50.0, "text": prose(5_000)},
    "in-a-stall": {"stall_after": 5, "rate": None},
}

WAYS: dict[str, Callable[[Caller, AppServer], None]] = {
    "close": lambda caller, _: caller.close(),
    "reset": lambda caller, _: caller.reset(),
    "half-close": lambda caller, _: caller.half_close(),
    "delete": lambda caller, site: delete_stream(site.port, caller.stream),
}


def read_until(claude: ClaudeServer, caller: Caller, moment: str, name: str) -> Record:
    """Read up to the moment of leaving."""
    caller.event_with("text" if moment.startswith("in") else "stream")
    claude.wait_for(lambda: claude.records_of(name))
    return claude.records_of(name)[-1]


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_way_of_leaving_closes_the_request_to_claude(claude: ClaudeServer, moment: str) -> None:
    name = f"leaving-{moment}"
    with AppServer(claude.url(name, **MOMENTS[moment])) as site:
        for way, leave in WAYS.items():
            with Caller(site.port, f"leaving-by-{way}-{moment}"[:64]) as caller:
                record = read_until(claude, caller, moment, name)
                at = time.time()
                leave(caller, site)
                claude.wait_for(lambda record=record: not record.is_open)
                assert record.disconnected_at is not None
                assert record.disconnected_at - at < 1.0, way


def test_a_stop_by_id_ends_the_stream_for_all_readers(claude: ClaudeServer) -> None:
    with AppServer(claude.url("delete-all", text=prose(5_000))) as site:
        stream = "two-read-this-one"
        with Caller(site.port, stream) as first, Caller(site.port, stream) as second:
            first.event_with("text")
            second.event_with("text")
            delete_stream(site.port, stream)
            for reader in (first, second):
                end = reader.event_with("done")
                assert (end["status"], end["stop_reason"]) == ("stopped", "user")
                assert list(reader.events()) == []
    assert len(claude.records_of("delete-all")) == 1


def test_a_late_stop_never_hits_the_next_answer(claude: ClaudeServer) -> None:
    with AppServer(claude.url("delete-late", text=prose(40), rate=200)) as site:
        with Caller(site.port, "the-first-answer") as first:
            text_of(first.events())
        with Caller(site.port, "the-second-answer") as second:
            second.event_with("text")
            delete_stream(site.port, "the-first-answer")
            assert second.event_with("done")["status"] == "done"


def test_a_stop_that_arrives_before_its_question_stops_it(claude: ClaudeServer) -> None:
    with AppServer(claude.url("delete-early", text=prose(5_000))) as site:
        delete_stream(site.port, "stopped-before-it-came")
        with Caller(site.port, "stopped-before-it-came") as caller:
            assert caller.event_with("done")["status"] == "stopped"
    assert not any(record.is_open for record in claude.records_of("delete-early"))


def test_a_question_whose_body_never_ends_is_refused(claude: ClaudeServer) -> None:
    whole = raw_request("POST", "/api/stream", '{"prompt": "Hello"}')
    with AppServer(claude.url("unfinished"), limits=Limits(body_seconds=0.2)) as site:
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
            connection.sendall(whole[:-1])
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
            connection.sendall(whole[:-1])
            answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 0.2 s" in answer
    assert claude.records_of("unfinished") == []
