"""Demo of Claude without a key and without a network: a real client whose transport answers inside the process.

The replies are scripted, and they are sent in the form of the Messages API's own stream. So everything above the
transport (the SDK's parser, the turn, the page) works as it does with Claude.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

import httpx2
from anthropic import AsyncAnthropic

from ..core.turn import TEXT_FIELD, Block, is_call
from .demo_texts import GREETING, THINKING_TEXT
from .demo_value import sample_value
from .models import DEMO_MODEL

ScriptedBlock: TypeAlias = tuple[str, Sequence[str]] | tuple[str, Mapping[str, Any], Sequence[str]]
"""One block of a scripted reply: its type, its other fields if it has any, and its text in pieces."""

_PIECE = re.compile(r"\s*\S{1,5}|\s+")
"""Matches up to five characters with the white space before them. A token has about four characters of English."""

Reply: TypeAlias = str | Sequence[Mapping[str, Any]]
"""One scripted reply: a text, or content blocks as the Messages API has them."""

_numbers = count(1)


def split_pieces(text: str) -> list[str]:
    """Split a text into pieces that are about as long as tokens."""
    return _PIECE.findall(text)


def reply_events(
    blocks: Sequence[ScriptedBlock],
    *,
    model: str = "claude-demo",
    input_tokens: int = 10,
    stop_reason: str | None = None,
    signature: str = "demo",
) -> Iterator[dict[str, Any]]:
    """Yield the events of one reply, as the Messages API streams them.

    Args:
        blocks: Each block's type, its other fields if it has any, and its text in the pieces to send. The text of
            a call is the JSON of its arguments: `("tool_use", {"name": "add"}, ['{"a": ', "1}"])`. A call without
            an id gets a new one, because the call's result has to name it.
        model: The model's name in the reply.
        input_tokens: The number of input tokens that the events report.
        stop_reason: The API's stop reason; by default `"tool_use"` if there is a call among the blocks, and
            otherwise `"end_turn"`.
        signature: The signature of a thinking block.

    Yields:
        Events, each a JSON-ready object with its `type`.
    """
    usage = {"input_tokens": input_tokens, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": f"msg_demo_{next(_numbers)}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield {"type": "message_start", "message": message}
    for index, (kind, *fields, texts) in enumerate(blocks):
        for event in _block_events(kind, dict(*fields), texts, signature):
            yield {**event, "index": index}
    total = sum(len(texts) for *_, texts in blocks)
    calls = any(kind == "tool_use" for kind, *_ in blocks)
    end = {"stop_reason": stop_reason or ("tool_use" if calls else "end_turn"), "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"input_tokens": input_tokens, "output_tokens": total}}
    yield {"type": "message_stop"}


def _block_events(
    kind: str, rest: dict[str, Any], texts: Sequence[str], signature: str
) -> Iterator[dict[str, Any]]:
    late = [{"type": "citations_delta", "citation": citation} for citation in rest.pop("citations", None) or ()]
    start: dict[str, Any] = {TEXT_FIELD[kind]: ""} if kind in TEXT_FIELD else {}
    name, field = f"{kind}_delta", TEXT_FIELD.get(kind, "")
    if kind == "thinking":
        start["signature"] = ""
        late.append({"type": "signature_delta", "signature": signature})
    elif is_call(kind):
        start |= {"id": f"toolu_demo_{next(_numbers)}", "input": {}}
        name, field = "input_json_delta", "partial_json"
    yield {"type": "content_block_start", "content_block": {"type": kind, **start, **rest}}
    for delta in [*({"type": name, field: text} for text in texts), *late]:
        yield {"type": "content_block_delta", "delta": delta}
    yield {"type": "content_block_stop"}


def content_events(content: Iterable[Mapping[str, Any]], **more: Any) -> Iterator[dict[str, Any]]:
    """Yield the events of a reply with these content blocks. The keyword arguments `more` go to `reply_events`."""
    blocks = [Block.split(dict(block)) for block in content]
    return reply_events([(type_, rest, split_pieces(text)) for type_, rest, text in blocks], **more)


def encode_event(event: Mapping[str, Any]) -> bytes:
    """Encode an event as the API sends it."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


class DemoTransport(httpx2.AsyncBaseTransport):
    """HTTP transport that answers requests to the Messages API from a script, without a network."""

    def __init__(self, replies: Sequence[Reply], tokens_per_second: float, wait_seconds: float) -> None:
        self._replies = replies
        self._interval_seconds = 1 / tokens_per_second
        self._wait_seconds = wait_seconds
        self._request_count = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        body = json.loads(await request.aread())
        if request.method != "POST" or not request.url.path.endswith("/messages"):
            error = {"type": "not_found_error", "message": f"The demo answers messages, not {request.url.path}"}
            return httpx2.Response(404, json={"type": "error", "error": error})
        content: list[Mapping[str, Any]] = [*self._reply_to(body)]
        if (body.get("thinking") or {}).get("type") not in (None, "disabled"):
            content.insert(0, {"type": "thinking", "thinking": THINKING_TEXT})
        tokens = len(json.dumps(body.get("messages", []))) // 4
        events = content_events(content, model=DEMO_MODEL, input_tokens=tokens)
        headers = {"content-type": "text/event-stream", "request-id": "req_demo"}
        stream = _PacedStream(events, self._interval_seconds, self._wait_seconds)
        return httpx2.Response(200, headers=headers, stream=stream)

    def _reply_to(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if self._replies:
            self._request_count += 1
            reply = self._replies[(self._request_count - 1) % len(self._replies)]
        elif format_ := (body.get("output_config") or {}).get("format"):
            reply = json.dumps(sample_value(format_["schema"]), ensure_ascii=False, indent=1)
        else:
            content = body["messages"][-1]["content"]
            texts = [content] if isinstance(content, str) else [part.get("text", "…") for part in content]
            reply = GREETING.format(question=" ".join(texts).strip())
        return [{"type": "text", "text": reply}] if isinstance(reply, str) else reply


class _PacedStream(httpx2.AsyncByteStream):
    def __init__(self, events: Iterator[dict[str, Any]], interval_seconds: float, wait_seconds: float) -> None:
        self._events = events
        self._interval_seconds = interval_seconds
        self._wait_seconds = wait_seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._wait_seconds
        for event in self._events:
            if event["type"] == "content_block_delta":
                due += self._interval_seconds
                # Each piece has a due time of its own, so that the average rate is right even where the interval
                # between two pieces is shorter than the clock's resolution.
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
            yield encode_event(event)


def demo(*replies: Reply, tokens_per_second: float = 60.0, wait: float = 0.5) -> AsyncAnthropic:
    """Make a client that needs no key and no network, for trying nbstream, for documents and for tests.

    Args:
        *replies: The scripted replies, each a text, or a list of content blocks as the Messages API has them, such
            as calls of tools. They are used in order, and after the last one from the first again. By default each
            reply is a text about the demo, or made-up values for a chat with `output=`.
        tokens_per_second: The speed of a reply.
        wait: Seconds before the first token.

    Returns:
        A real `anthropic.AsyncAnthropic`.

    Raises:
        ValueError: The rate is not above 0, or the wait is negative.
    """
    if not tokens_per_second > 0 or wait < 0:
        raise ValueError(
            f"demo(tokens_per_second={tokens_per_second!r}, wait={wait!r}): give a rate above 0 "
            "and a wait of 0 or more."
        )
    transport = DemoTransport(replies, tokens_per_second, wait)
    return AsyncAnthropic(api_key="demo", http_client=httpx2.AsyncClient(transport=transport), max_retries=0)
