"""Answer that is not a stream, although a stream was asked for: a message as JSON, or an unknown body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
from anthropic import APIResponseValidationError, APIStatusError

from .failures.address import address_of, describe_body

MAX_WHOLE_ANSWER_BYTES = 10_000_000
"""The most bytes of an answer that are kept until its first event. A message of 128,000 tokens has half a
million."""

_EVENT_LINE = re.compile(rb"\s*(event|id|retry|:)")


class BodyRecorder:
    """Keeps the beginning of a response's body until the first event of a stream is found in it."""

    def __init__(self) -> None:
        self._chunks: list[bytes] | None = []
        self._size_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Add a part of the body."""
        if self._chunks is not None and self._size_bytes < MAX_WHOLE_ANSWER_BYTES:
            self._chunks.append(chunk)
            self._size_bytes += len(chunk)

    @property
    def has_found_event(self) -> bool:
        """Whether an event of a stream was found."""
        return self._chunks is None

    def found_event(self) -> None:
        """Drop what was kept: the body is a stream."""
        self._chunks = None

    def events(self, response: httpx2.Response) -> Iterator[dict[str, Any]]:
        """Yield the events of the message that came instead of a stream; none if a stream broke off.

        Raises:
            APIStatusError: The body is an error, as the API describes it.
            APIResponseValidationError: The body is anything else. The error says what it is.
        """
        if self._chunks is None:
            return
        body = b"".join(self._chunks)
        media_type = response.headers.get("content-type", "")
        is_stream = "event-stream" in media_type.lower()
        if _EVENT_LINE.match(body) or (is_stream and not body.strip()):
            return
        yield from message_events(body, media_type, response)


def message_events(body: bytes, media_type: str, response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """Yield the events of a message that came as JSON; see `BodyRecorder.events` for the errors."""
    try:
        data = json.loads(body)
    except ValueError:
        raise _unknown_body_error(response, describe_body(body, media_type)) from None
    if not isinstance(data, Mapping) or not isinstance(data.get("content"), list):
        raise _json_error(response, data)
    yield {"type": "message_start", "message": {**data, "content": [], "stop_reason": None}}
    for index, block in enumerate(data["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_stop", "index": index}
    end = {name: data.get(name) for name in ("stop_reason", "stop_sequence", "stop_details", "container")}
    yield {"type": "message_delta", "delta": end, "usage": data.get("usage") or {}}
    yield {"type": "message_stop"}


def _json_error(response: httpx2.Response, data: Any) -> Exception:
    """Make the error for JSON that is not a message; some gateways send their errors with status 200."""
    fields = data if isinstance(data, Mapping) else {}
    error = fields.get("error")
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        return APIStatusError(str(error["message"]), response=response, body=data)
    words = next(
        (value for value in (error, *map(fields.get, ("message", "detail"))) if isinstance(value, str)), ""
    )
    said = describe_body(words.encode(errors="replace")).removeprefix("text ") if words else ""
    return _unknown_body_error(response, f"JSON that is no message {said}".strip())


def _unknown_body_error(response: httpx2.Response, what: str) -> APIResponseValidationError:
    message = (
        f"{address_of(response.request.url)} answered with {what} instead of an answer. Check base_url, and "
        "whether a proxy or a login page stands in between."
    )
    return APIResponseValidationError(response, None, message=message)
