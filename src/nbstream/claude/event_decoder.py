"""Decoder of the server-sent events of the Messages API, from the bytes of a response to the data of the events.

It gives the events that the SDK's own decoder gives. The SDK splits each read twice, makes an object of every
event, and passes it through four asynchronous generators (`benchmarks/events.py` shows the saving).
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import httpx2
from anthropic import APIStatusError

_read_value = json.JSONDecoder().raw_decode

_TEXT_FIELDS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""The field that has the text of a delta, by the type of the delta."""

_BRACES = "}}"
"""The end of an event whose last field is the text of its delta, without the spaces in it."""


class EventDecoder:
    """Decoder of one response's body.

    Args:
        response: The response, which the exception for an event "error" names.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        # The parts of the event that is not complete yet.
        self._rest: list[bytes] = []
        self._ends_with_return = False
        self._deltas = _RepeatedDeltas()

    def feed(self, chunk: bytes, events: list[dict[str, Any]]) -> None:
        """Decode the next bytes, and append the data of the events that are complete by now.

        Pings, events without a name or without data, and data that is no object are left out.

        Args:
            chunk: The bytes. An event may be cut anywhere.
            events: Gets the events. If an event fails, those before it have been appended.

        Raises:
            APIStatusError: The API has sent an event "error".
            ValueError: An event's data is not JSON, or not UTF-8.
        """
        if self._ends_with_return or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        if b"\n" not in chunk:
            self._rest.append(chunk)
            return
        if self._rest:
            chunk = b"".join((*self._rest, chunk))
            self._rest.clear()
        *blocks, rest = chunk.split(b"\n\n")
        if rest:
            self._rest.append(rest)
        for data in blocks:
            block = data.decode()
            if (event := self._deltas.read(block)) is None:
                event = self._decode(block)
            if event is not None:
                events.append(event)

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        """Replace the ends of lines: a carriage return, or one with a line feed, which may be in two chunks."""
        if not chunk:
            return chunk
        begin = int(self._ends_with_return and chunk.startswith(b"\n"))
        self._ends_with_return = chunk.endswith(b"\r")
        return chunk[begin:].replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _decode(self, block: str) -> dict[str, Any] | None:
        """Return the data of an event; `None` for one that is left out."""
        name, lines = "", []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            if field == "data":
                lines.append(value.removeprefix(" "))
            elif field == "event":
                name = value.removeprefix(" ")
        data = "\n".join(lines)
        if name == "error":
            raise self._error(data)
        event = json.loads(data) if name and name != "ping" and data else None
        if not isinstance(event, dict):
            return None
        self._deltas.learn(block, event)
        return event

    def _error(self, data: str) -> APIStatusError:
        """Make the exception for an event "error", with the words that the SDK's own decoder uses."""
        try:
            body = json.loads(data)
        except ValueError:
            message = data or f"Error code: {self._response.status_code}"
            return APIStatusError(message, response=self._response, body=data)
        return APIStatusError(f"{body}", response=self._response, body=body)


class _RepeatedDeltas:
    """Reads deltas that differ from one before in nothing but their text, as nearly all events of a stream do.

    Such an event has the same characters before and after a string of JSON, so only the string is parsed. The API
    pads the end with spaces.
    """

    def __init__(self) -> None:
        self._before = ""
        self._after = ""
        self._padded = ""
        self._field = ""
        self._event: dict[str, Any] = {}

    def learn(self, block: str, event: dict[str, Any]) -> None:
        """Read deltas like this one from now on, if it is a delta of text."""
        delta = event.get("delta")
        field = _TEXT_FIELDS.get(str(delta.get("type"))) if isinstance(delta, dict) else None
        key = field and re.search(rf'"{field}": ?(?=")', block)
        # An event whose end differs each time is not worth another try.
        if not field or not key or (before := block[: key.end()]) == self._before:
            return
        after = block[_read_value(block, key.end())[1] :]
        # The string is the text of the delta if the same event with an empty string has an empty text.
        with suppress(ValueError):
            emptied = json.loads(before.partition("\ndata:")[2] + '""' + after)
            if emptied == {**event, "delta": {**event["delta"], field: ""}}:
                self._before, self._after, self._field, self._event = before, after, field, emptied
                self._padded = _BRACES if after.replace(" ", "") == _BRACES else ""

    def read(self, block: str) -> dict[str, Any] | None:
        """Return the data of an event; `None` if it is not like the one before."""
        before = self._before
        if not before or not block.startswith(before):
            return None
        try:
            text, end = _read_value(block, len(before))
        except ValueError:
            return None
        after = block[end:]
        if after != self._after and after.replace(" ", "") != self._padded:
            return None
        event = self._event
        return {**event, "delta": {**event["delta"], self._field: text}}
