"""Claude without a key and without a network: a real client whose transport answers inside the process.

What it says is scripted; how it says it is the Messages API's own stream, so everything above it (the SDK's
parser, the turn, the page) does what it does with Claude.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

from .claude import AsyncAnthropic, httpx2
from .core.turn import TEXT_FIELD, Block, is_call

GREETING = r"""This is **nbstream**'s demo: no key, no network, the same stream.

You asked: “{question}”

A real answer would come from Claude. This one is scripted, but it travels the way Claude's answers do:
server-sent events through the `anthropic` SDK, a transcript in the kernel, and from there to this page in at most
*ten updates a second*.

| While it runs | what happens |
| --- | --- |
| press **Stop**, or `Escape` in here | the request ends; what came is kept |
| interrupt the kernel | the same, and the cell says so |
| run a cell that keeps the kernel busy | the answer goes on |

What came is there for the next cell:

```python
chat.ask("And in Python?")  # the next turn, in the same widget
print(len(chat.text), "characters,", chat.usage.output_tokens, "tokens")
```

Answers are Markdown, with formulas: two replicas that merge by $a \sqcup b$ agree in any order,

$$
\bigsqcup_{{i=1}}^{{n}} x_i = x_{{\pi(1)}} \sqcup \dots \sqcup x_{{\pi(n)}}
$$

With a key in `ANTHROPIC_API_KEY`, leave out `client=` and the same call talks to Claude.
"""

THOUGHT = "The reader wants to see how an answer streams. A short, honest text will do."

PIECE = re.compile(r"\s*\S{1,5}|\s+")
"""A token stands for about four characters of English with the space before them."""

Reply: TypeAlias = str | Sequence[Mapping[str, Any]]
"""A text, or content blocks as the Messages API has them."""

_numbers = count(1)


def pieces(text: str) -> list[str]:
    """A text in pieces about as long as tokens."""
    return PIECE.findall(text)


def reply_events(
    blocks: Iterable[tuple[str, Sequence[str]] | tuple[str, Sequence[str], Mapping[str, Any]]],
    *,
    model: str = "claude-demo",
    input_tokens: int = 10,
    stop_reason: str = "end_turn",
    signature: str = "demo",
) -> Iterator[dict[str, Any]]:
    """The events of one reply, as the Messages API streams them.

    Args:
        blocks: Each block's type, its text in the pieces to send (of a call, the JSON of its arguments), and what
            else it has.
        model: The model's name in the reply.
        input_tokens: What the start event counts.
        stop_reason: The API's word for why the reply ended.
        signature: What a thinking block is signed with.

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
    total = 0
    for index, (kind, texts, *more) in enumerate(blocks):
        total += len(texts)
        for event in _block_events(kind, texts, more[0] if more else {}, signature):
            yield {**event, "index": index}
    end = {"stop_reason": stop_reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"input_tokens": input_tokens, "output_tokens": total}}
    yield {"type": "message_stop"}


def _block_events(
    kind: str, texts: Sequence[str], more: Mapping[str, Any], signature: str
) -> Iterator[dict[str, Any]]:
    rest = dict(more)
    late = [{"type": "citations_delta", "citation": citation} for citation in rest.pop("citations", None) or ()]
    if kind == "thinking":
        late.append({"type": "signature_delta", "signature": signature})
    field = TEXT_FIELD.get(kind, "partial_json")
    empty: dict[str, Any] = {"input": {}} if is_call(kind) else {field: ""} if kind in TEXT_FIELD else {}
    unsigned = {"signature": ""} if kind == "thinking" else {}
    yield {"type": "content_block_start", "content_block": {"type": kind, **empty, **unsigned, **rest}}
    name = f"{kind}_delta" if kind in TEXT_FIELD else "input_json_delta"
    for delta in [*({"type": name, field: text} for text in texts), *late]:
        yield {"type": "content_block_delta", "delta": delta}
    yield {"type": "content_block_stop"}


def content_events(content: Iterable[Mapping[str, Any]], **more: Any) -> Iterator[dict[str, Any]]:
    """The events of a reply with these blocks, as the API has them; more as for `reply_events`."""
    # Calls without an id get one, as their results must find them.
    blocks = [
        Block.split({"id": f"toolu_demo_{next(_numbers)}", **block})
        if is_call(block["type"])
        else Block.split(dict(block))
        for block in content
    ]
    calls = any(type_ == "tool_use" for type_, _, _ in blocks)
    return reply_events(
        [(type_, pieces(text), rest) for type_, rest, text in blocks],
        **{"stop_reason": "tool_use" if calls else "end_turn", **more},
    )


def sse(event: Mapping[str, Any]) -> bytes:
    """An event as it travels."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


class DemoTransport(httpx2.AsyncBaseTransport):
    """Answers the Messages API's requests from a script."""

    def __init__(self, replies: Sequence[Reply], tokens_per_second: float, wait: float) -> None:
        self._replies = replies
        self._gap = 1 / tokens_per_second
        self._wait = wait
        self._asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        body = json.loads(await request.aread())
        if request.method != "POST" or not request.url.path.endswith("/messages"):
            error = {"type": "not_found_error", "message": f"The demo answers messages, not {request.url.path}"}
            return httpx2.Response(404, json={"type": "error", "error": error})
        content: list[Mapping[str, Any]] = [*self._reply_to(body)]
        if (body.get("thinking") or {}).get("type") not in (None, "disabled"):
            content.insert(0, {"type": "thinking", "thinking": THOUGHT})
        tokens = len(json.dumps(body.get("messages", []))) // 4
        events = content_events(content, model=str(body.get("model")), input_tokens=tokens)
        headers = {"content-type": "text/event-stream", "request-id": "req_demo"}
        return httpx2.Response(200, headers=headers, stream=_Paced(events, self._gap, self._wait))

    def _reply_to(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if self._replies:
            self._asked += 1
            reply = self._replies[(self._asked - 1) % len(self._replies)]
        else:
            content = body["messages"][-1]["content"]
            texts = [content] if isinstance(content, str) else [part.get("text", "…") for part in content]
            reply = GREETING.format(question=" ".join(texts).strip())
        return [{"type": "text", "text": reply}] if isinstance(reply, str) else reply


class _Paced(httpx2.AsyncByteStream):
    def __init__(self, events: Iterator[dict[str, Any]], gap: float, wait: float) -> None:
        self._events = events
        self._gap = gap
        self._wait = wait

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._wait
        for event in self._events:
            if event["type"] == "content_block_delta":
                due += self._gap
                # By a schedule, so that a rate above the clock's grain comes out right on the whole.
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
            yield sse(event)


def demo(*replies: Reply, tokens_per_second: float = 60.0, wait: float = 0.5) -> AsyncAnthropic:
    """A client that needs no key and no network, for trying nbstream, for documents and for tests.

    Args:
        *replies: What it answers, in turn and then from the start again: texts, or lists of content blocks as the
            Messages API has them, such as calls of tools. By default a text about the demo.
        tokens_per_second: How fast.
        wait: Seconds before the first token.

    Returns:
        A real `anthropic.AsyncAnthropic` to pass as `client=`.

    Raises:
        ValueError: A rate that is not above 0, or a negative wait.
    """
    if not tokens_per_second > 0 or wait < 0:
        raise ValueError(
            f"demo(tokens_per_second={tokens_per_second!r}, wait={wait!r}): give a rate above 0, a wait not below"
        )
    transport = DemoTransport(replies, tokens_per_second, wait)
    return AsyncAnthropic(api_key="demo", http_client=httpx2.AsyncClient(transport=transport), max_retries=0)
