"""Markdown renderers of other programs, and a search for active content in the HTML that they make."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt
from nbconvert.filters import markdown2html

_FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "hostile_markdown.json").read_text())
HARMLESS = frozenset(_FIXTURE["elements"])
ATTRIBUTES = frozenset(_FIXTURE["attributes"])
_VALUES = {name: re.compile(value) for name, value in _FIXTURE["values"].items()}
MACROS: list[str] = _FIXTURE["macros"]
"""Macros of formulas that are more than type."""
# A formula ends in the text node in which it begins, so a name at the end of one has no argument.
_MACRO = re.compile("|".join(r"\\" + re.escape(macro) + r"(?![A-Za-z\0])" * macro.isalpha() for macro in MACROS))

PIECES: list[str] = [piece for pieces in _FIXTURE["pieces"].values() for piece in pieces]
"""Pieces of hostile texts. `core/saved/markdown_targets.md` lists the programs and constructs that they aim at."""


@dataclass(frozen=True)
class Markup:
    """HTML that a program writes for texts without any, in addition to what the fixture names."""

    elements: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    """Patterns of the values of attributes."""


PLAIN = Markup()

JOINING = ("br", "wbr")
"""Elements in which MathJax' text goes on (`includeHtmlTags` of its `HTMLDomStrings.ts`); all others end it."""

MAX_PIECES = 30
MAX_CLOSE_PIECES = 8
"""Every second text is made of a few pieces that come again and again."""


class _Finder(HTMLParser):
    """Active content in HTML. MathJax reads the text of a page, except code."""

    def __init__(self, own: Markup) -> None:
        super().__init__()
        self._own = own
        self._code = 0
        self.text: list[str] = []
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("code", "pre")
        self._end_text(tag)
        if tag not in HARMLESS and tag not in self._own.elements:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            is_known = name in ATTRIBUTES and (name not in _VALUES or _VALUES[name].fullmatch(value or ""))
            if not is_known and not re.fullmatch(self._own.values.get(name, "(?!)"), value or ""):
                self.bad.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")
        self._end_text(tag)

    def _end_text(self, tag: str) -> None:
        if tag not in JOINING:
            self.text.append("\0")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.bad.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.bad.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.bad.append("instruction")


def harm(html: str, own: Markup = PLAIN) -> list[str]:
    """Return the active or unknown parts of some HTML, and the macros that MathJax would follow."""
    finder = _Finder(own)
    finder.feed(html)
    finder.close()
    return finder.bad + _MACRO.findall("".join(finder.text))


_it = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
RENDERERS = {"nbconvert": lambda text: str(markdown2html(text)), "markdown-it": _it.render}


def hostile_pieces(seed: int) -> list[str]:
    """Return random pieces that have a meaning for some renderer."""
    rng = random.Random(seed)
    pieces = PIECES if seed % 2 else rng.sample(PIECES, MAX_CLOSE_PIECES)
    return [rng.choice(pieces) for _ in range(rng.randint(2, MAX_PIECES))]


def hostile(seed: int) -> str:
    """Return a random text of pieces that have a meaning for some renderer."""
    return "".join(hostile_pieces(seed))
