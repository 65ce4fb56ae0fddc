"""The ways of showing an answer that the table of `benchmarks/table.py` compares, and the answers they show.

nbstream is compared with the least that anybody would write by hand (`floor`: a bare anywidget that appends raw
text ten times a second, with the API's events read line by line), and with the usual cell (`print` over the SDK's
stream).
"""

from __future__ import annotations

from dataclasses import dataclass

WAYS = ("nbstream", "floor", "print")

SETUP = '''
import anywidget, httpx2
from IPython.display import display

REQUEST = dict(model="m", max_tokens=9, messages=[{"role": "user", "content": "Hello"}])

class Floor(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ model, el }) {
        const node = document.createElement("pre");
        node.className = "floor";
        node.style.whiteSpace = "pre-wrap";
        el.append(node);
        model.on("msg:custom", ({ text }) => node.append(text));
      },
    };
    """

async def show_on_floor(widget, url):
    pending, sent_at = [], 0.0
    async with httpx2.AsyncClient(timeout=60) as client:
        async with client.stream("POST", f"{url}/v1/messages", json={**REQUEST, "stream": True}) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event = json.loads(line[6:])
                if event["type"] == "content_block_delta":
                    pending.append(event["delta"]["text"])
                if pending and time.monotonic() - sent_at >= 0.1:
                    widget.send({"text": "".join(pending)})
                    pending, sent_at = [], time.monotonic()
    widget.send({"text": "".join(pending)})

async def show_printed(url):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    async with client.messages.stream(**REQUEST) as stream:
        async for text in stream.text_stream:
            print(text, end="")
'''

CELLS = {
    "nbstream": ("", "ask({url!r})"),
    "floor": ("floor = Floor()\nfloor", "await show_on_floor(floor, {url!r})"),
    "print": ("", "await show_printed({url!r})"),
}
"""For each way, the cell that prepares it and the code that shows an answer."""

FIRST_CELLS = {
    "nbstream": "import nbstream\nnbstream.chat('Hello');",
    "print": (
        "import anthropic\n"
        "async with anthropic.AsyncAnthropic().messages.stream(model='m', max_tokens=9, "
        "messages=[{'role': 'user', 'content': 'Hello'}]) as stream:\n"
        "    async for text in stream.text_stream:\n"
        "        print(text, end='')"
    ),
}
"""For each way, the first cell of a fresh kernel."""

TAG_EVERY = 10
"""Tokens from one that says its number to the next."""

_WORDS = (
    "and",
    "the",
    "text",
    "that",
    "is",
    "here,",
    "for",
    "some",
    "it;",
    "to",
    "will",
    "read",
    "well",
    "as",
    "we",
    "do",
    "so",
)
_AT = {
    0: "\n\n## ",
    8: "\n\n",
    100: "\n\n```python\n",
    108: "\n",
    116: "\n",
    124: "\n",
    130: "\n```\n\n",
    150: "\n\n| name | value |\n| --- | --- |\n| ",
    153: " | ",
    156: " |\n| ",
    159: " | ",
    162: " |\n| ",
    165: " | ",
    168: " |\n\n",
    **dict.fromkeys(range(60, 100, 8), "\n- "),
}


def mixed(tokens: int) -> list[str]:
    """Return the tokens of an answer of mixed Markdown. Every tenth token says its number."""
    pieces = []
    for n in range(tokens):
        word = f"w{n}x" if n % TAG_EVERY == 0 else _WORDS[n * 7 % len(_WORDS)]
        word = f"**{word}**" if n % 50 == 25 else word
        pieces.append(_AT.get(n % 200, " ") + word)
    return pieces


@dataclass(frozen=True)
class Load:
    """One answer: its tokens, and how many of them the server sends a second (`None`: as fast as it can)."""

    tokens: int
    rate: int | None
    pause_every: int | None = None

    @property
    def seconds(self) -> float:
        """The longest time that it may take, with every way."""
        return 60 + 3 * self.tokens / (self.rate or 2_000)


LOADS = {
    "W1": Load(1_000, 50),
    "W1, after a pause": Load(300, 50, pause_every=20),
    "W2": Load(8_000, 400),
    "W3": Load(16_000, None),
    "W4": Load(64_000, 2_000),
}
