"""Markdown renderers of other programs, and a search for active content in the HTML that they make."""

from __future__ import annotations

import json
import random
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt
from nbconvert.filters import markdown2html

_FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "hostile_markdown.json").read_text())
HARMLESS = frozenset(_FIXTURE["elements"])
ATTRIBUTES = frozenset(_FIXTURE["attributes"])
SCHEMES = ("http://", "https://", "mailto:", "#", "ftp://")

PIECES: list[str] = [piece for pieces in _FIXTURE["pieces"].values() for piece in pieces]
"""Pieces of hostile texts. `core/saved/markdown_targets.md` lists the programs and constructs that they aim at."""


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.bad.append(f"{tag} {name}")
            if name == "href" and not (value or "").lower().startswith(SCHEMES):
                self.bad.append(f"href {value}")

    def handle_comment(self, data: str) -> None:
        self.bad.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.bad.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.bad.append("instruction")


def harm(html: str) -> list[str]:
    """Return the active or unknown parts of some HTML."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.bad


_it = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
RENDERERS = {"nbconvert": lambda text: str(markdown2html(text)), "markdown-it": _it.render}


def hostile(seed: int) -> str:
    """Return a random text of pieces that have a meaning for some renderer."""
    rng = random.Random(seed)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(2, 30)))
