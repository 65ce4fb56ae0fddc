"""Server of the Messages API's stream over real HTTP, for tests and benchmarks.

It answers by a scenario, which may have faults, and keeps a record of each request: its body, the number of deltas
that were sent, and the time at which the client disconnected.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from threaded import ThreadedServer

from nbstream.claude.demo import reply_events, split_pieces

DEMO = "claude-demo"
"""The model in a reply that `reply_events` makes without one."""

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "the",
    "lazy",
    "dog",
    "and",
    "writes",
    "prose",
    "about",
    "it",
    "in",
    "many",
    "short",
    "sentences",
]


def prose(tokens: int, seed: int = 0) -> list[str]:
    """Make pieces of about four characters, one for each token; they are always the same for a seed."""
    random = Random(seed)
    text = []
    for index in range(tokens):
        word = random.choice(WORDS)[:5]
        text.append(("\n\n" if index and index % 60 == 0 else " " if index else "") + word)
    return text


@dataclass
class Scenario:
    """The answer of the server, and its faults.

    Attributes:
        text: The answer in the pieces to send, or as a text to be cut in pieces.
        thinking: The thinking before it; an empty list is thinking whose text the model keeps.
        rate: Tokens a second; `None` sends as fast as the client reads.
        first: Seconds before the first event.
        pause_every: Deltas between pauses of a second, in which nothing is sent.
        gate: An event that the answer waits for; `open_gate` sets it.
        gate_after: Deltas before the answer waits for the gate.
        stall_after: Deltas after which nothing more is sent, with the connection open.
        fault: `"reset"`, `"early_end"`, `"error_event"` or `"bad_json"`.
        fault_after: Deltas before the fault; 0 is before the first event.
        faults: The number of requests that meet the fault; later ones are answered without it.
        status: The status and error type of an HTTP error that is sent instead of a stream.
        refused: Fields that are refused with status 400, each with the API's message; requests without them are
            answered.
        plain: The media type and the body of an answer that is no stream.
        headers: Other headers of the response.
        stop_reason: The API's stop reason.
        input_tokens: The count in the start event.
        split: Cuts the bytes of the body: at every byte for 1, otherwise at random places up to that length.
        newline: The end of a line of the stream.
        ping_every: Deltas between ping events.
        events: Other events to send instead of `text`.
        ascii: Writes JSON with escapes for every character beyond ASCII.
        headless: Does not even send the response's head before the first event.
        fault_at: Bytes of the body after which the connection is reset, or ends like a complete one, by `fault`.
        buffered: Sends nothing before the answer is complete, like a proxy that buffers.
        then: The name of the scenario that answers every request but the first.
        pace: Seconds before each event.
        hold: Keeps the connection open after the last event.
        keep_alive: Sent as it is before each event, as some proxies do to keep a connection open.
        document_tokens: The number that a request for a count is answered with; `None` refuses it.
        obedient: Sends no more pieces of text than the request's `max_tokens`, as the API does.
        answering_model: The model that the answer names; by default the one of the request.
        reply: Makes the answer of the request's body, in place of `text`.
        choose: Returns the name of the scenario that answers a request, by its body and by how often a request
            with the same last message has come before.
    """

    text: str | list[str] = field(default_factory=lambda: prose(50))
    thinking: list[str] | None = None
    rate: float | None = 50.0
    first: float = 0.0
    pause_every: int | None = None
    gate: asyncio.Event | None = None
    gate_after: int = 0
    stall_after: int | None = None
    fault: str | None = None
    fault_after: int = 0
    faults: int = 10**9
    status: tuple[int, str] | None = None
    refused: dict[str, str] = field(default_factory=dict)
    plain: tuple[str, bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    stop_reason: str = "end_turn"
    input_tokens: int = 10
    split: int | None = None
    newline: str = "\n"
    ping_every: int | None = None
    events: list[dict[str, Any]] | None = None
    ascii: bool = False
    headless: bool = False
    fault_at: int | None = None
    buffered: bool = False
    then: str | None = None
    pace: float = 0.0
    hold: bool = False
    obedient: bool = False
    answering_model: str | None = None
    document_tokens: int | None = None
    keep_alive: str = ""
    reply: Callable[[dict[str, Any]], str] | None = None
    choose: Callable[[dict[str, Any], int], str] | None = None

    def script(self, model: str = DEMO, max_tokens: int | None = None) -> Iterator[dict[str, Any]]:
        if self.events is not None:
            for event in self.events:
                yield _with_model(event, self.answering_model or model)
            return
        text = split_pieces(self.text) if isinstance(self.text, str) else self.text
        if self.obedient:
            text = text[:max_tokens]
        thinking = [("thinking", self.thinking)] if self.thinking is not None else []
        blocks = [*thinking, ("text", text)]
        answering = self.answering_model or model
        yield from reply_events(
            blocks, model=answering, input_tokens=self.input_tokens, stop_reason=self.stop_reason
        )

    def whole_text(self) -> str:
        return self.text if isinstance(self.text, str) else "".join(self.text)


def _with_model(event: dict[str, Any], model: str) -> dict[str, Any]:
    """Name the model in the start of a message that `reply_events` made without one."""
    message = event.get("message")
    if event.get("type") != "message_start" or not isinstance(message, dict) or message.get("model") != DEMO:
        return event
    return {**event, "message": {**message, "model": model}}


def whole_message(events: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the message of text that a stream of events makes, as the API sends it without a stream."""
    started, text, end = next(events)["message"], "", {}
    for event in events:
        text += event.get("delta", {}).get("text", "")
        end = event if event["type"] == "message_delta" else end
    return {**started, **end["delta"], "usage": end["usage"], "content": [{"type": "text", "text": text}]}


@dataclass
class Record:
    """The course of one request.

    Attributes:
        scenario: The name of the scenario that answers it.
        body: The body of the request.
        headers: Its headers, with names in lower case.
        began: The time at which it came; each time is one of `time.time()`.
        deltas: The number of deltas that were sent.
        tokens: The number of those that have a token; the signature of thinking has none.
        times: The time at which each delta was sent.
        last_sent: The time at which bytes were sent last.
        left: The time at which the client disconnected before the end of the answer.
        ended: The time at which the answer ended.
        is_answered: Whether the whole answer was sent, which its client pays for.
    """

    scenario: str
    body: dict[str, Any]
    headers: dict[str, str]
    received_at: float
    deltas: int = 0
    tokens: int = 0
    delta_times: list[float] = field(default_factory=list)
    last_sent_at: float = 0.0
    disconnected_at: float | None = None
    finished_at: float | None = None
    is_answered: bool = False

    @property
    def question(self) -> str:
        """The text of the last message."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    def sent_after(self, at: float) -> int:
        """Count the deltas that were sent after a time."""
        return sum(time > at for time in self.delta_times)

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.disconnected_at is None


CORS = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
"""Headers by which a browser lets a page of another origin ask. Give them to a scenario too, as its `headers`."""

BY_MODEL = "by-model"
"""A base URL of this name takes the scenario from the request's model, so that one client can use several."""


class ConnectionOverError(Exception):
    """The connection has ended, because the client closed it or by a scripted fault."""


class ClaudeServer(ThreadedServer):
    """The server, on a thread of its own; use it as a context manager."""

    def __init__(self) -> None:
        super().__init__("claude-server")
        self.records: list[Record] = []
        # The scenario and the body of each request for a count of tokens.
        self.counted: list[tuple[str, dict[str, Any]]] = []
        self.scenarios: dict[str, Scenario] = {}
        self._asked_before: Counter[tuple[str, str]] = Counter()

    def url(self, name: str = "default", **scenario: Any) -> str:
        """Add a scenario, and return its URL, which is the `base_url` of a client."""
        self.scenarios[name] = Scenario(**scenario)
        return f"http://127.0.0.1:{self.port}/{name}"

    def records_of(self, name: str = "default") -> list[Record]:
        """Return the records of one scenario's requests."""
        return [record for record in self.records if record.scenario == name]

    def open_gate(self, name: str) -> None:
        """Send the rest of the answers of a scenario with a gate."""
        gate = self.scenarios[name].gate
        assert gate is not None
        self._loop.call_soon_threadsafe(gate.set)

    def wait_for(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until a condition on the records holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {self.records[-3:]}")
            time.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(
                ConnectionOverError, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                while True:
                    await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v for k, v in re.findall(r"^([^:\r\n]+): (.*?)\r$", head, re.M)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        method, path, _ = head.split(" ", 2)
        if method == "OPTIONS":
            await self._send_whole(writer, 204, "text/plain", b"", CORS)
            return
        name = path.split("/")[1]
        if name == BY_MODEL:
            name = body["model"]
        if path.endswith("/count_tokens"):
            await self._count_tokens(writer, name, body)
            return
        record = Record(name, body, headers, time.time())
        self.records.append(record)
        scenario = self.scenarios[name]
        if scenario.choose is not None:
            asked = (name, record.question)
            scenario = self.scenarios[scenario.choose(body, self._asked_before[asked])]
            self._asked_before[asked] += 1
        if scenario.reply is not None:
            scenario = replace(scenario, text=scenario.reply(body))
        if scenario.then is not None and len(self.records_of(name)) > 1:
            scenario = self.scenarios[scenario.then]
        gone = asyncio.ensure_future(reader.read(1))
        # A callback, so that the time does not depend on anything that the answer waits for.
        gone.add_done_callback(lambda _: self._mark_left(record))
        answer = asyncio.ensure_future(self._stream(writer, scenario, record))
        try:
            await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionOverError
            answer.result()
            record.finished_at = time.time()
        finally:
            for task in (gone, answer):
                task.cancel()
            await asyncio.gather(gone, answer, return_exceptions=True)

    @staticmethod
    def _mark_left(record: Record) -> None:
        if record.is_open:
            record.disconnected_at = time.time()

    async def _stream(self, writer: asyncio.StreamWriter, scenario: Scenario, record: Record) -> None:
        if scenario.status:
            await self._refuse(writer, *scenario.status, scenario.headers)
            return
        for name in scenario.refused:
            if name in record.body:
                await self._refuse(writer, 400, "invalid_request_error", {}, scenario.refused[name])
                return
        if scenario.plain is not None:
            await self._send_whole(writer, 200, *scenario.plain, scenario.headers)
            return
        if not record.body.get("stream"):
            await asyncio.sleep(scenario.first)
            message = whole_message(scenario.script(str(record.body.get("model"))))
            await self._send_whole(writer, 200, "application/json", json.dumps(message).encode(), scenario.headers)
            record.is_answered = True
            return
        response = _ResponseWriter(writer, scenario, record)
        if scenario.headless:
            await asyncio.sleep(scenario.first)
        await response.head()
        await asyncio.sleep(scenario.first)
        # Only requests that come to the fault use it up.
        faulty = (
            scenario.fault is not None
            and scenario.fault_at is None
            and len(self.records_of(record.scenario)) <= scenario.faults
        )
        if faulty and scenario.fault_after == 0:
            await response.fail()
        due = asyncio.get_running_loop().time()
        for event in scenario.script(str(record.body.get("model")), record.body.get("max_tokens")):
            await asyncio.sleep(scenario.pace)
            if event["type"] == "content_block_delta":
                if record.deltas == scenario.stall_after:
                    await asyncio.Event().wait()
                if scenario.gate is not None and record.deltas == scenario.gate_after:
                    await scenario.gate.wait()
                    due = asyncio.get_running_loop().time()
                if faulty and record.deltas and record.deltas == scenario.fault_after:
                    await response.fail()
                if scenario.ping_every and record.deltas and record.deltas % scenario.ping_every == 0:
                    await response.event({"type": "ping"})
                if scenario.pause_every and record.deltas and record.deltas % scenario.pause_every == 0:
                    due += 1.0
                if scenario.rate:
                    due += 1 / scenario.rate
                    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                record.deltas += 1
                record.tokens += event["delta"]["type"] != "signature_delta"
                record.delta_times.append(time.time())
            await response.event(event)
        if scenario.hold:
            await asyncio.Event().wait()
        await response.end()
        record.is_answered = True

    async def _count_tokens(self, writer: asyncio.StreamWriter, name: str, body: dict[str, Any]) -> None:
        self.counted.append((name, body))
        tokens = self.scenarios[name].document_tokens
        if tokens is None:
            await self._refuse(writer, 404, "not_found_error", {})
        else:
            counted = json.dumps({"input_tokens": tokens}).encode()
            await self._send_whole(writer, 200, "application/json", counted, {})

    async def _refuse(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        kind: str,
        headers: dict[str, str],
        message: str | None = None,
    ) -> None:
        error = {"type": "error", "error": {"type": kind, "message": message or f"Scripted {kind}"}}
        await self._send_whole(writer, status, "application/json", json.dumps(error).encode(), headers)

    async def _send_whole(
        self, writer: asyncio.StreamWriter, status: int, media_type: str, body: bytes, headers: dict[str, str]
    ) -> None:
        more = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


class _ResponseWriter:
    """Writes one chunked response, cut as the scenario says."""

    def __init__(self, writer: asyncio.StreamWriter, scenario: Scenario, record: Record) -> None:
        self._writer = writer
        self._scenario = scenario
        self._record = record
        self._random = Random(scenario.split or 0)
        self._written = 0
        self._held = b""

    async def head(self) -> None:
        more = "".join(f"{key}: {value}\r\n" for key, value in self._scenario.headers.items())
        self._writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_test\r\n"
            + more.encode()
            + b"transfer-encoding: chunked\r\n\r\n"
        )
        await self._writer.drain()

    async def event(self, event: dict[str, Any]) -> None:
        lines = [
            f"event: {event['type']}",
            f"data: {json.dumps(event, ensure_ascii=self._scenario.ascii)}",
            "",
            "",
        ]
        await self.write((self._scenario.keep_alive + self._scenario.newline.join(lines)).encode())

    async def write(self, data: bytes) -> None:
        if self._scenario.fault_at is not None and self._written + len(data) > self._scenario.fault_at:
            data, self._scenario.fault_at = data[: self._scenario.fault_at - self._written], None
            await self._send(data)
            await self.fail()
        self._written += len(data)
        if self._scenario.buffered:
            self._held += data
        else:
            await self._send(data)

    async def _send(self, data: bytes) -> None:
        while data:
            size = self._random.randint(1, self._scenario.split) if self._scenario.split else len(data)
            self._writer.write(f"{min(size, len(data)):x}\r\n".encode() + data[:size] + b"\r\n")
            await self._writer.drain()
            data = data[size:]
        self._record.last_sent_at = time.time()

    async def end(self) -> None:
        await self._send(self._held)
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def fail(self) -> None:
        match self._scenario.fault:
            case "reset":
                self._writer.transport.abort()
            case "early_end":
                await self.end()
            case "error_event":
                error = {"type": "overloaded_error", "message": "Overloaded"}
                await self.event({"type": "error", "error": error})
                await self.end()
            case "bad_json":
                await self.write(b'event: content_block_delta\ndata: {"type": "content_blo\n\n')
                return
            case other:
                raise ValueError(f"no such fault: {other!r}")
        self._record.finished_at = time.time()
        raise ConnectionOverError
