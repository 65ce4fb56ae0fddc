"""Text that the page reads in its own way, written so that every renderer of the notebook's file reads the same.

The page keeps single tildes and the sign of a comparison, ends an address where the sentence goes on, keeps
formulas and code whole in a table's cells, and finds strong emphasis beside CJK characters
(`js/src/core/markdown/README.md`). The twin on the page is `js/src/core/saved/portable-text.ts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from .safe_inline import code_spans, to_entities

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.
_PREFIX = r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*"
_NUMBER = r"[ \t]*[-+\u2212~\u2248]?[$€£¥]?[0-9]"
_COMPARISON = re.compile(rf"^({_PREFIX}(?:[-*+]|[0-9]{{1,9}}[.)])[ \t]+)>(?==|{_NUMBER})")

_MATH = r"\$\$[^$\n]+\$\$|\$(?![\s$])[^$\n]*(?<![\s\\])\$(?![0-9])"

# The punctuation of other scripts, without the dashes and dots that join letters in an address.
_FOREIGN = "[\u00ab\u00bb\u060c\u061b\u061f\u06d4\u0964\u0965\u2012\u2014-\u2027\u2030-\u205e\u2190-\u21ff"
_FOREIGN += "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
_URL = r"https?://[!#%-'*-;=?-Z^_a-z|~]+"
_ADDRESS = re.compile(
    rf"(?:{_MATH}|\]\([^()\s]*\)|\[[^\[\]\n]*\](?=[(\[]))"
    rf"|<(?P<angled>{_URL})>(?={_FOREIGN})|<[^<>\s]*>|(?P<bare>{_URL})(?P<next>{_FOREIGN}?)"
)

# Some renderers take any two dollar signs for a formula, and show what is in it as it is.
_TILDES = re.compile(r"(?P<kept>\$\$[^$\n]+\$\$|\$[^$\n]+\$|https?://[^\s<>()\[\]]*|\\.|~~+)|~")
_SINGLE_TILDE = re.compile("(?<!~)~(?!~)")

_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?")
_PIPE = re.compile(r"(?<!\\)\|")
_CELL_MATH = re.compile(rf"{_MATH}|\\\\?\([^\n$`]*?\\\)")

_STRONG = re.compile(r"(?<![*\\])\*\*(?=[^\s*])([^*\n$]*[^\s*\\$])\*\*(?!\*)")
_CJK = re.compile(
    "[\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c"
    "\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc\uffe0-\uffee\U00020000-\U0003fffd]"
)


def write_out(lines: list[str]) -> list[str]:
    """Write out the comparisons and addresses of a paragraph that is not yet sanitised."""
    text = "\n".join(_COMPARISON.sub(r"\1\\>", line) for line in lines)
    if "://" in text:
        text = _rewrite(text, lambda piece: _ADDRESS.sub(_link, piece))
    return text.split("\n")


def _link(found: re.Match[str]) -> str:
    if found["angled"]:
        return f"[{found['angled']}]({found['angled']})"
    if not found["bare"] or not found["next"]:
        return found[0]
    address = found["bare"].rstrip("*_~'.,:;!?")
    return f"[{address}]({address}){found[0][len(address) :]}"


def write_tildes(text: str) -> str:
    """Escape single tildes, two of which strike through on GitHub and in JupyterLab."""
    if len(_SINGLE_TILDE.findall(text)) < 2:
        return text
    return _rewrite(text, lambda piece: _TILDES.sub(lambda found: found["kept"] or r"\~", piece))


def _rewrite(text: str, between: Callable[[str], str]) -> str:
    """Rewrite the text between the code spans."""
    out: list[str] = []
    end = 0
    for start, span_end, _ in [*code_spans(text), (len(text), len(text), 0)]:
        out.append(between(text[end:start]) + text[start:span_end])
        end = span_end
    return "".join(out)


def close_cells(lines: list[str]) -> list[str]:
    """Write out the pipes in formulas and code of a table's rows that would otherwise have too many cells."""
    bare = [re.sub(f"^{_PREFIX}", "", line) for line in lines]
    at = next(
        (n for n, line in enumerate(bare) if n and "|" in line and _DELIMITERS.fullmatch(line.rstrip())), None
    )
    if at is None:
        return lines
    columns = _count_cells(bare[at])
    return [
        _close_row(line, columns) if n >= at - 1 and _count_cells(bare[n]) > columns else line
        for n, line in enumerate(lines)
    ]


def _count_cells(row: str) -> int:
    row = row.lstrip(" \t").rstrip()
    closes = row.endswith("|") and not row.endswith("\\|") and len(row) > 1
    return len(_PIPE.findall(row)) + 1 - row.startswith("|") - closes


def _close_row(row: str, columns: int) -> str:
    out: list[str] = []
    end = 0
    for start, span_end, ticks in [*code_spans(row), (len(row), len(row), 0)]:
        out.append(_CELL_MATH.sub(lambda math: _PIPE.sub(r"\\vert ", math[0]), row[end:start]))
        span = row[start:span_end]
        # nbconvert shows the backslash before a pipe in code.
        code = to_entities(span[ticks:-ticks].replace("\\|", "|")) if "|" in span else ""
        out.append(f"<code>{code}</code>" if code else span)
        end = span_end
    closed = "".join(out)
    return closed if _count_cells(re.sub(f"^{_PREFIX}", "", closed)) >= columns else row


def write_strong(text: str) -> str:
    """Write strong emphasis beside CJK characters as an element, where the others would show its marks."""
    if "**" not in text or not _CJK.search(text):
        return text
    starts_in_code, ends_in_code = _in_code(text), _in_code(text)

    def written(found: re.Match[str]) -> str:
        inner = found[1]
        left = text[max(0, found.start() - 1) : found.start()]
        right = text[found.end() : found.end() + 1]
        opens = _is_mark(inner[0]) and not _is_space_or_mark(left)
        closes = _is_mark(inner[-1]) and not _is_space_or_mark(right)
        if not opens and not closes:
            return found[0]
        if opens and not (_CJK.match(left) or _CJK.match(inner[0])):
            return found[0]
        if closes and not (_CJK.match(right) or _CJK.match(inner[-1])):
            return found[0]
        is_code = starts_in_code(found.start()) or ends_in_code(found.end() - 1)
        return found[0] if is_code else f"<strong>{inner}</strong>"

    return _STRONG.sub(written, text)


def _in_code(text: str) -> Callable[[int], bool]:
    """Return a function that tells whether an index is in a code span. It is asked from left to right."""
    spans = code_spans(text)
    here = next(spans, None)

    def is_in_code(at: int) -> bool:
        nonlocal here
        while here and here[1] <= at:
            here = next(spans, None)
        return here is not None and here[0] < at

    return is_in_code


def _is_mark(char: str) -> bool:
    return char != "" and unicodedata.category(char)[0] in "PS"


def _is_space_or_mark(char: str) -> bool:
    return char == "" or char.isspace() or _is_mark(char)
