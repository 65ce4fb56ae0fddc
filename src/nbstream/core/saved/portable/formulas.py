"""Rewriting of a paragraph's formulas and dollar signs, so that other renderers show them as the page did.

Renderers know formulas only between dollar signs, and pair every dollar sign with the next one. The text that
comes out is not safe yet: `safe_markdown.py` escapes it, and `insert_elements` replaces the marks of dollar signs.
The twin on the page is `js/src/core/saved/portable/formulas.ts`.
"""

from __future__ import annotations

import re

from ..formula_marks import MAX_DISPLAY_CHARS, Mark, closer_from, dollars_at, mark_at
from .tags import TAG, TagPairs, code_in_tags, comment_at, insert_tags

DOLLAR, ESCAPED_DOLLAR = "\x01", "\x02"
"""Marks of dollar signs that are text. `make_safe` removes these characters from answers."""

_INVISIBLE = "\u200b"
_TOKEN = re.compile(rf"`+|https?://[^\s()<>\[\]\"`\\]{{1,2000}}|\\[\s\S]|\$+|{TAG}")
_TICKS = re.compile("`+")
_LINE_END = re.compile(r"[ \t]*\n[ \t>]*")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
# The marks of quotes and items before a formula that begins its line. VS Code takes the next lines for a part of
# such a formula if there is text behind it in its line.
_LINE_START = re.compile(r"\n([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*)\Z")
_MAX_PREFIX_CHARS = 40
_NOTHING_BEHIND = re.compile(r"[ \t]*(?:\n|\Z)")
_NEXT_LINE = re.compile(r"[ \t]*(?=[^\W\d_]|[,.;)?!(]|\*{1,3}[^\s*])")
_NAME = re.compile(r"(\\text(?:rm|bf|it|tt|sf)?)\{[^{}$\\_]*_[^{}$\\]*\}")
_ALERT = re.compile(r"^([ \t>]*>)[ \t]*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\Z", re.I)


def rewrite(text: str) -> str:
    """Return a paragraph in the form that other renderers show as the page does."""
    out: list[str] = []
    tags = TagPairs(text, out)
    end = 0
    missing: set[str] = set()
    while token := _TOKEN.search(text, end):
        out.append(text[end : token.start()])
        tags.skip(out[-1])
        piece, end = _rewrite_token(text, token, missing)
        if token[0].endswith(">") and piece == token[0]:
            tags.add(piece)
        else:
            out.append(piece)
    return "".join(out) + text[end:]


def insert_elements(text: str) -> str:
    """Replace the marks of `rewrite` in text that is safe: those of dollar signs, and those of tags."""
    groups = len(re.findall(rf"{DOLLAR}+|{ESCAPED_DOLLAR}|\$+", text))

    def dollars(match: re.Match[str]) -> str:
        if groups == 1:
            return "\\$" if match[0] == ESCAPED_DOLLAR else "$" if len(match[0]) == 1 else "&#36;" * len(match[0])
        return f"<span>{'&#36;' * len(match[0])}</span>"

    return insert_tags(re.sub(rf"{DOLLAR}+|{ESCAPED_DOLLAR}", dollars, text))


def rewrite_alert(line: str) -> list[str]:
    """Return the line that names GitHub's alert as a bold name, and other lines as they are."""
    alert = _ALERT.match(line)
    return [f"{alert[1]} **{alert[2].title()}**", alert[1]] if alert else [line]


def _rewrite_token(text: str, token: re.Match[str], missing: set[str]) -> tuple[str, int]:
    """Return the text that stands for what a token begins, and the index behind it."""
    found, at, end = token[0], token.start(), token.end()
    if found[0] == "`":
        close = _code_end(text, found, end)
        return text[at:close], close
    if found[0] == "h":
        return found, end
    if found[0] == "<":
        return _rewrite_tag(text, found, at, missing)
    if mark := mark_at(text, at) if found[0] in "\\$" else None:
        close = -1 if mark.closer in missing else closer_from(text, mark.closer, at + len(mark.opener))
        if close < 0:
            missing.add(mark.closer)
        elif close - at <= MAX_DISPLAY_CHARS and (formula := _display(text, at, close, mark)):
            return _end_line(text, _names(formula), at, close + len(mark.closer))
        return DOLLAR * 2 if found == "$$" else text[at : at + 2], at + 2
    if found[0] == "$":
        formula_end = dollars_at(text, at) if len(found) == 1 else None
        return (f"${_names(formula_end[0])}$", formula_end[1]) if formula_end else (DOLLAR * len(found), end)
    if found == "\\(" and "\\)" not in missing:
        close = closer_from(text, "\\)", end)
        tex = _one_line(text[end:close]) if close >= 0 else ""
        if close < 0:
            missing.add("\\)")
        if tex and "$" not in tex:
            return f"${_names(tex)}$", close + 2
    return (ESCAPED_DOLLAR if found == "\\$" else found), end


def _rewrite_tag(text: str, found: str, at: int, missing: set[str]) -> tuple[str, int]:
    """Return the text that stands for a comment or for code between tags; other tags stay."""
    end = at + len(found)
    is_code = re.fullmatch(r"<code[ \t]*>", found, re.I) is not None
    if found in missing or not (is_code or found == "<!--"):
        return found, end
    piece = code_in_tags(text, end) if is_code else comment_at(text, at)
    if piece is None:
        missing.add(found)
    return piece or (found, end)


def _code_end(text: str, ticks: str, start: int) -> int:
    """Return the index behind a code span, or behind the backticks if they begin none."""
    # Each number of backticks is searched for once to the end: two runs of the same number are a span.
    return next((run.end() for run in _TICKS.finditer(text, start) if run[0] == ticks), start)


def _display(text: str, at: int, close: int, mark: Mark) -> str:
    """Return a displayed formula between dollar signs: on lines of its own if the paragraph is that formula."""
    end = close + len(mark.closer)
    tex = text[at:end] if mark.is_environment else text[at + len(mark.opener) : close]
    if not tex.strip() or (mark.opener != "$$" and "$$" in tex):
        return ""
    if "\n" not in tex:
        return f"$${tex}$$"
    is_alone = not text[:at].strip(" \t") and not text[end:].strip(" \t\n")
    if not is_alone:
        return f"$${_one_line(tex)}$$"
    return text[at:end] if mark.opener == "$$" else f"$$\n{text[:at]}{tex.strip()}\n{text[:at]}$$"


def _end_line(text: str, formula: str, at: int, end: int) -> tuple[str, int]:
    """Return a displayed formula that does not begin a line with text behind it, and the index behind it."""
    before = "\n" * (at <= _MAX_PREFIX_CHARS) + text[max(0, at - _MAX_PREFIX_CHARS) : at]
    start = _LINE_START.search(before)
    if start is None or _NOTHING_BEHIND.match(text, end):
        return formula, end
    if found := _NEXT_LINE.match(text, end):
        below = re.sub(r"[^\s>]", " ", start[1])
        return f"{formula}\n{below}", found.end()
    return f"{_INVISIBLE}{formula}", end


def _names(tex: str) -> str:
    """Return TeX with the underscores of names between the texts, because KaTeX allows none in a text."""
    return _NAME.sub(lambda found: found[0].replace("_", f"}}\\_{found[1]}{{"), tex)


def _one_line(tex: str) -> str:
    """Return TeX without line ends, which are spaces, and so without the comments that they end."""
    return _LINE_END.sub(" ", _COMMENT.sub("", tex) if "\n" in tex else tex).strip()
