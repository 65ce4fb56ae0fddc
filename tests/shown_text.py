"""The visible text of a page, with marks for its elements and formulas, so that two renderers can be compared.

The twin is `js/test/core/shown-text.ts`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

MARKS = {
    "strong": "b",
    "em": "i",
    "del": "s",
    "s": "s",
    "code": "code",
    "pre": "code",
    "blockquote": "quote",
    "li": "item",
}
MARKS |= {"sub": "sub", "sup": "sup", "kbd": "kbd", "mark": "mark", "ins": "u", "u": "u"}
MARKS |= {"td": "cell", "th": "cell"} | {f"h{level}": f"h{level}" for level in range(1, 7)}
"""Marks of elements that a reader sees. Other elements are left out, with their text kept."""

CODE = {"pre", "code"}
"""Elements of code, of which one may stand in the other. nbconvert's blocks have no inner one."""

ANCHORS = {"anchor-link", "jp-InternalAnchorLink"}
"""Classes of the links that nbconvert and JupyterLab add to headings."""

MATH = re.compile(
    r"\\(?P<dollar>\$)|\$\$(?P<dollars>(?:[^$\\]|\\.)+?)\$\$|\$(?P<single>(?:[^$\\]|\\.)+?)\$|\\\[(?P<square>.+?)\\\]"
    r"|\\\((?P<round>.+?)\\\)|(?P<whole>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})",
    re.S | re.I,
)
"""Formulas that MathJax finds in the text of an element, as JupyterLab and nbconvert configure it."""


def shown(html: str, *, has_mathjax: bool = True) -> str:
    """Return the visible text of HTML, in which MathJax finds the formulas, if it has not already run."""
    reader = _Reader(has_mathjax)
    reader.feed(html)
    reader.close()
    reader.flush()
    return re.sub(r"[\s\u200b]+", "", "".join(reader.out))


class _Reader(HTMLParser):
    def __init__(self, has_mathjax: bool) -> None:
        super().__init__()
        self._has_mathjax = has_mathjax
        self.out: list[str] = []
        self._text = ""
        self._code = 0
        self._is_anchor = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        values = dict(attrs)
        if tag in CODE:
            self._code += 1
            if self._code > 1:
                return
        if values.get("class") in ANCHORS:
            self._is_anchor = True
        elif mark := MARKS.get(tag):
            self.out.append(f"{{{mark}}}")
        elif tag == "a":
            self.out.append(f"{{link:{values.get('href') or ''}}}")
        elif tag == "input":
            self.out.append("[x]" if "checked" in values else "[ ]")

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        if tag in CODE:
            self._code -= 1
            if self._code:
                return
        if self._is_anchor:
            self._is_anchor = tag != "a"
        elif mark := MARKS.get(tag, "link" if tag == "a" else ""):
            self.out.append(f"{{/{mark}}}")

    def handle_data(self, data: str) -> None:
        self._text += "" if self._is_anchor else data

    def flush(self) -> None:
        self.out.append(self._text if self._code or not self._has_mathjax else MATH.sub(_formula, self._text))
        self._text = ""


def _formula(found: re.Match[str]) -> str:
    if found["dollar"]:
        return "$"
    inline = found["single"] or found["round"]
    tex = re.sub(r"\s+", "", inline or found["dollars"] or found["square"] or found["whole"])
    tex = re.sub(r"\}\\_\\text\w*\{", "_", tex.replace("\\vert", "|"))
    return f"⟨{tex}⟩" if inline else f"⟪{tex}⟫"
