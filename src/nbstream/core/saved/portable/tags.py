"""HTML in a paragraph: the few tags that the page shows as elements, and comments, which show nothing.

A tag passes as one of these exact literals, without attributes and only with its partner. All other HTML is
escaped by `safe_inline.py`. The rules are explained in `js/src/core/markdown/html`. The twin is
`js/src/core/saved/portable/tags.ts`.
"""

from __future__ import annotations

import re

TAG_START, TAG_END = "\x03", "\x04"
"""Marks around the name of a tag that passes. `make_safe` removes these characters from answers."""

TAG = r"</?[A-Za-z]{1,6}[ \t]{0,9}/?>|<!--"
"""Pattern of a tag that may pass, and of the beginning of a comment."""

MAX_NESTED_TAGS = 24
_MAX_COMMENT_CHARS = 10_000
_PARTS = re.compile(r"<(/?)([A-Za-z]+)[ \t]*(/?)>")
_CODE_END = re.compile(r"</code[ \t]{0,9}>", re.I)
_LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
_ENTITY = re.compile("|".join(_ENTITIES))
ELEMENTS = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("i", "em"), "em"),
    **dict.fromkeys(("s", "strike", "del"), "del"),
    # GitHub removes `u`, and underlines `ins`.
    **dict.fromkeys(("u", "ins"), "ins"),
    **{name: name for name in ("sub", "sup", "kbd", "mark", "small")},
}
"""The element for the name of a tag."""

# The beginning of another block or cell, where every tag's partner must have come.
_BLOCK = re.compile(r"\n[ \t>]*(?:[-*+|]|#{1,6}[ \t]|[0-9]{1,9}[.)][ \t])")
_BLOCK_OR_CELL = re.compile(_BLOCK.pattern + r"|(?<!\\)\|")
_DELIMITERS = re.compile(r"^[ \t>]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$", re.M)
_MARKED = re.compile(f"{TAG_START}(/?[a-z]+){TAG_END}")
_ALONE = re.compile(r"^([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*)(?=</?[a-z]+>[ \t]*$)", re.M)


class TagPairs:
    """Pairs of tags in the pieces of a paragraph."""

    def __init__(self, text: str, pieces: list[str]) -> None:
        self._pieces = pieces
        self._open: list[tuple[str, int]] = []
        self._end = _BLOCK_OR_CELL if "|" in text and _DELIMITERS.search(text) else _BLOCK

    def skip(self, text: str) -> None:
        """Note the text before the next piece. The tags that are open stay text if another block begins there."""
        if self._open and self._end.search(text):
            self._open.clear()

    def add(self, source: str) -> None:
        """Append a tag to the pieces."""
        parts = _PARTS.fullmatch(source)
        closes, name, ends = (parts[1], parts[2].lower(), parts[3]) if parts else ("", "", "")
        if name == "br" and not closes:
            source = f"{TAG_START}br{TAG_END}"
        elif closes and name in ELEMENTS:
            source = self._close(name, source)
        elif name in ELEMENTS and not ends:
            self._open.append((name, len(self._pieces)))
        self._pieces.append(source)

    def _close(self, name: str, source: str) -> str:
        """Mark the opening tag of this name, if there is one, and return the closing tag's text."""
        names = [name for name, _ in self._open[-MAX_NESTED_TAGS:]]
        if name not in names:
            return source
        while self._open[-1][0] != name:
            self._open.pop()
        self._pieces[self._open.pop()[1]] = f"{TAG_START}{ELEMENTS[name]}{TAG_END}"
        return f"{TAG_START}/{ELEMENTS[name]}{TAG_END}"


def comment_at(text: str, at: int) -> tuple[str, int] | None:
    """Return the text that stands for the comment that begins at this index, and the index behind it."""
    close = text.find("-->", at + 2, at + _MAX_COMMENT_CHARS)
    if close < 0:
        return None
    end = close + 3
    # A line may hold thousands of comments, so that only the characters beside this one are read.
    start = at
    while start > 0 and text[start - 1] in " \t>":
        start -= 1
    is_alone = (start == 0 or text[start - 1] == "\n") and _LINE_END.match(text, end)
    # Without any character, a line of the paragraph would be blank.
    return "\u200b" if is_alone else "", end


def code_between_tags(text: str, start: int) -> tuple[str, int] | None:
    """Return the code between tags, of which the first one ends at `start`, and the index behind the other."""
    close = _CODE_END.search(text, start)
    if close is None:
        return None
    code = _ENTITY.sub(lambda found: _ENTITIES[found[0]], text[start : close.start()]).replace("\n", " ")
    return (code, close.end()) if code.strip() else None


def code_in_tags(text: str, start: int) -> tuple[str, int] | None:
    """Return the code span for the code between tags, and the index behind; see `code_between_tags`."""
    found = code_between_tags(text, start)
    if found is None:
        return None
    code, end = found
    ticks = "`" * (max((len(run) for run in re.findall("`+", code)), default=0) + 1)
    pad = " " if code[0] in " `" or code[-1] in " `" else ""
    return f"{ticks}{pad}{code}{pad}{ticks}", end


def insert_tags(text: str) -> str:
    """Replace the marks of `TagPairs` in text that is safe."""
    if TAG_START not in text:
        return text
    # Where a tag is alone on its line, a block of HTML would begin, in which Markdown has no meaning.
    return _ALONE.sub("\\1\u200b", _MARKED.sub(r"<\1>", text))
