"""Formulas in an answer's Markdown as the page reads them: their marks, and the dollar signs that are none.

The twins are `marks.ts`, `math.ts` and `prices.ts` in `js/src/core/markdown/formulas`, which explain each rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DISPLAY_CHARS = 10_000
MAX_FORMULA_CHARS = 1_000

_ENVIRONMENT = re.compile(
    r"\\begin\{((?:align(?:at|ed|edat)?|array|CD|[bBpvV]?matrix|smallmatrix|d?cases|displaymath|eqnarray|equation"
    r"|flalign|gather(?:ed)?|math|multline|split|subequations)\*?)\}"
)
_CLOSERS = {mark: re.compile(rf"\\[\s\S]|{re.escape(mark)}") for mark in ("$$", "\\]", "\\)")}
_DOLLAR = re.compile(r"\\[\s\S]|\$")
_FUNCTION = re.compile(
    r"(?:sin|cos|tan|cot|sec|csc|log|exp|max|min|lim|gcd|lcm|mod|det|dim|ker|arg|sup|inf|arc[A-Za-z0-9_]+)\Z"
)
_BRIEF_WORDS = frozenset(
    {"in", "to", "or", "at", "of", "on", "by", "is", "an", "as", *("US", "CA", "AU", "NZ", "HK")}
)
_COMMAND = re.compile(r"\\[A-Za-z]+\s*(?:\{[^{}]*\})?")


@dataclass(frozen=True)
class Mark:
    """The marks around a displayed formula. Those of an environment are part of its TeX."""

    opener: str
    closer: str
    is_environment: bool = False


def mark_at(text: str, at: int) -> Mark | None:
    """Return the mark that opens a displayed formula at this index."""
    if text.startswith("$$", at):
        return None if text.startswith("$", at + 2) else Mark("$$", "$$")
    if text.startswith("\\[", at):
        return Mark("\\[", "\\]")
    found = _ENVIRONMENT.match(text, at)
    return Mark(found[0], f"\\end{{{found[1]}}}", is_environment=True) if found else None


def closer_from(text: str, closer: str, start: int) -> int:
    """Return the index of a closing mark that no backslash escapes, or -1."""
    if closer.startswith("\\end"):
        return text.find(closer, start)
    for found in _CLOSERS[closer].finditer(text, start):
        if found[0] == closer:
            return found.start()
    return -1


def dollars_at(text: str, at: int) -> tuple[str, int] | None:
    """Return the formula between single dollar signs that begins at this index, and the index behind it."""
    start = at + 1
    after = text[start : start + 1]
    if after.strip() in ("", "$") or re.match(r"[A-Z0-9]", text[at - 1 : at]):
        return None
    if after == "`":
        close = text.find("`", start + 1)
        tex = text[start + 1 : close].strip()
        return (tex, close + 2) if tex and close > 0 and text.startswith("$", close + 1) else None
    limit = start + MAX_FORMULA_CHARS + 1
    close = next((found.start() for found in _DOLLAR.finditer(text, start, limit) if found[0] == "$"), -1)
    if close < 0:
        return None
    tex = text[start:close]
    if tex[-1].isspace() or reads_as_text(tex, text[close + 1 : close + 3]):
        return None
    return tex, close + 1


def reads_as_text(inside: str, behind: str) -> bool:
    """Return whether the text between two dollar signs is a price, a cell of a table or a shell's variable."""
    if re.match(r"[0-9]", behind):
        return True
    is_joined = re.match(r"\.?[A-Za-z_{(]", behind)
    if is_joined and (re.search(r"[/:=+\-–,;&|.]\Z", inside) or behind.startswith("{")):
        return True
    if re.match(r"[A-Z]", behind) and re.match(r"[A-Z][A-Z0-9_]+\Z", inside):
        return True
    return _is_price(inside)


def _is_price(inside: str) -> bool:
    if not re.match(r"[0-9][0-9.,]*[kKMB]?[\s/(),;–-]", inside):
        return False
    plain = _COMMAND.sub(" ", inside)
    if "\\" not in inside and len(re.findall(r"[(\[]", plain)) != len(re.findall(r"[)\]]", plain)):
        return True
    words = re.findall(r"(?<=[\s(])[A-Za-z]{2,}", plain)
    return any(word in _BRIEF_WORDS or (len(word) > 2 and not _FUNCTION.match(word)) for word in words)
