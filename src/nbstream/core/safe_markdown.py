"""An answer's Markdown made safe for every reader: it goes into the notebook's file, and others render it.

Hosts render the Markdown of a trusted notebook with all its HTML, scripts too, and their renderers disagree about
where code ends and text begins. So what is left of an answer holds under each of their readings: HTML is text,
pictures are links, links go to the web or nowhere, and code stands in fences that open and close where every
renderer sees it. The twin on the page is `js/src/core/portable.ts`; both are held to
`tests/fixtures/safe_markdown.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Nothing here may take long at any length: each part of a pattern that repeats ends at its next one's first sign.
_URL = r"(?:[Hh][Tt][Tt][Pp][Ss]?://|mailto:|\#)(?:[^\s()\[\]<>\"`\\]|\([^\s()\[\]<>\"`\\]*\))*"
_TITLE = r"(?:\"[^\"\n]*\"|'[^'\n]*')"

MAX_FORMULAS = 100
"""Displayed formulas that one paragraph may have: more are no formulas, and to pair them takes time."""

_OPENING = re.compile(
    r"^((?:[ \t]*>)*)([ \t]*)((?:(?:[-*+]|[0-9]{1,9}[.)])[ ]{1,4})?)(`{3,}(?!.*`)|~{3,})[ \t]*([A-Za-z0-9_+#.-]*)"
)
_MARKERS = re.compile(r"^[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)+")
_DEFINITION = re.compile(rf"^ {{0,3}}(\[[^\[\]<>`\"$\\\n]+\]:)[ \t]*({_URL})(?:[ \t]+{_TITLE})?[ \t]*$")
_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")

_LABEL = re.compile(r"^([ \t>*+\-0-9.)]*)\[", re.M)
_LABEL_END = re.compile(r"(?<!\\)\]")

_MATH = r"(?P<math>\$\$[^$]+\$\$|\$[^$\n]+\$)|"
_REST = (
    # A footnote, unless a renderer that knows none could read its text as an address.
    r"(?P<footnote>^ {0,3}\[\^[A-Za-z0-9_-]+\]:(?=[ \t]+[^\s:&\\/<\"'(]+[ \t]+[^\s\"'(]))"
    r"|(?P<fence>\\?(?:`{3,}|~{3,}))"
    r"|<(?P<address>https?://[^\s<>\"\\`\[\]$]+)>"
    r"|(?P<start>(?<!\\)\\*(?:<(?=\S)|!(?=\[)))"
    rf"|\]\(\s*(?P<url>{_URL})(?:\s+{_TITLE})?\s*\)"
    r"|(?P<target>\][(:])"
    r"|(?P<display>\\?\${2,}|\\begin\{|\\\\\[)"
    r"|(?P<marker>@(?=[\\&])|&(?:#0*64|#[xX]0*40|commat);)"
    r"|(?P<quote>\\?\")"
)
_ACTIVE = re.compile(_MATH + _REST, re.M)
_ACTIVE_WITHOUT_MATH = re.compile(_REST, re.M)
_ACTIVE_IN_MATH = re.compile(
    r"@(?=[\\&])|&(?=#0*64;|#[xX]0*40;|commat;)|<(?=\S)|!(?=\[)|\](?=[(:])|\"|`{3,}|~{3,}"
)

_BLOCK_MATH = re.compile(
    r"(?<!\\)\$\$[^\0]*?(?<!\\)\$\$|\\\\\[[^\0]*?\\\\\]|\\begin\{([a-z]*\*?)\}[^\0]*?\\end\{\1\}"
)
_OPENED = re.compile(r"\$\$|\\begin\{|\\\\\[")
_BEGIN = re.compile(r"\\begin\{[a-z]*\*?\}")
_DISPLAY = re.compile(r"^([ \t]*)\$\$(?:[^\0]*[^\s\0][ \t]*|[^\0]*\n\1)\$\$[ \t]*$")


def make_safe(text: str) -> str:
    """Markdown that looks like `text` and does no more than be read, whoever renders it."""
    # What some take for the end of a line and others do not.
    text = re.sub(r"\r\n?", "\n", text)
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]", " ", text)
    lines = text.split("\n")
    out: list[str] = []
    prose: list[str] = []
    items: list[int] = []
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        if opening is None:
            _update_list_items(items, lines[at])
            prose.append(lines[at])
            at += 1
            continue
        out += _convert_prose(prose)
        prose = []
        code, at = _convert_fence(lines, at + 1, opening, items)
        if out and out[-1].strip(" \t"):
            out.append("")
        out += code
        if at < len(lines) and lines[at].strip(" \t"):
            out.append("")
    return "\n".join([*out, *_convert_prose(prose)])


def as_code_block(text: str) -> str:
    """`text` as one block of code."""
    return make_safe(f"{_longer_fence([text])}\n{text}\n{_longer_fence([text])}")


def _update_list_items(items: list[int], line: str) -> int:
    """Which list items a line is in, by the columns where their content stands; gives the innermost."""
    if line.strip(" \t"):
        column = _indent_columns(line)
        while items and items[-1] > column:
            items.pop()
        if marker := _MARKERS.match(line):
            items.append(len(marker[0].expandtabs(4)))
    return items[-1] if items else 0


def _convert_fence(lines: list[str], at: int, opening: re.Match[str], items: list[int]) -> tuple[list[str], int]:
    """A fenced block as one that is a fence in a list item and outside it; and the line after it.

    Blank lines around it end whatever it might be taken for a part of, and its lines stand as far in as its
    fences: a renderer that sees no list item there sees indented code. Code that was quoted stands outside the
    quote, whose blank lines are not blank for all.
    """
    quote, indent, marker, fence, info = opening.groups()
    depth = quote.count(">")
    # The column at which the fence stands; three past its list item's, it would be indented code.
    stood = column = 0 if depth else len((indent + marker).expandtabs(4))
    if not marker:
        column = min(column, _update_list_items(items, indent + "`") + 3)
    closing = re.compile(rf"^[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*$")
    content: list[str] = []
    while at < len(lines):
        line = lines[at]
        if depth:
            inside = re.match(rf"(?:[ \t]*>){{{depth}}} ?", line)
            if inside is None:
                break
            line = line[inside.end() :]
        at += 1
        if closing.match(line) and _indent_columns(line) < stood + 4:
            break
        content.append(_remove_indent(line, column))
    ticks = _longer_fence(content)
    info = "" if info.lower().startswith("mermaid") else info
    pad = " " * column
    first = pad if depth or not marker else (indent.expandtabs(4) + marker)
    return [first + ticks + info, *(pad + line if line else "" for line in content), pad + ticks], at


def _longer_fence(content: Iterable[str]) -> str:
    longest = max((len(run) for line in content for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _indent_columns(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _remove_indent(line: str, column: int) -> str:
    """A line without its first columns of white space."""
    if column == 0:
        return line
    text = line.lstrip(" \t")
    white = line[: len(line) - len(text)].expandtabs(4)
    return white[min(column, len(white)) :] + text


def _convert_prose(lines: list[str]) -> list[str]:
    """Text outside of code, by paragraphs: what spans lines ends at the blank one for every renderer."""
    out: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip(" \t"):
            paragraph.append(line)
            continue
        if paragraph:
            out += _convert_paragraph(paragraph)
            paragraph = []
        out.append("")
    return out[:-1]


def _convert_paragraph(lines: list[str]) -> list[str]:
    out: list[str] = []
    while len(out) < len(lines) and (definition := _DEFINITION.match(lines[len(out)])):
        # The empty title ends it: one renderer looks for a title far below.
        label, url = definition.groups()
        out.append(f'{label} {_escape_dollars(url)} ""')
    text = "\n".join(lines[len(out) :])
    inert = _escape_active(text, has_math=True)
    if not _math_is_balanced(inert):
        inert = _escape_active(text, has_math=False)
    return [*out, *inert.split("\n")] if text else out


def _math_is_balanced(text: str) -> bool:
    """Whether all formulas that may span blank lines for some renderer end in this paragraph for all."""
    if len(_OPENED.findall(text)) > MAX_FORMULAS:
        return False
    if "$$$" in text or "\\$$" in text or _OPENED.search(_BLOCK_MATH.sub("", text)):
        return False
    if any(f"\\end{match[0][6:]}" not in text[match.end() :] for match in _BEGIN.finditer(text)):
        return False
    pairs = all(line.count("$$") % 2 == 0 for line in text.split("\n"))
    return pairs or (text.count("$$") == 2 and _DISPLAY.match(text) is not None)


def _escape_active(text: str, *, has_math: bool) -> str:
    # JupyterLab cuts formulas out before it reads Markdown and puts them back into the HTML, into attributes too.
    quotes = "$" in text or "\\" in text

    active = _ACTIVE if has_math else _ACTIVE_WITHOUT_MATH

    def literal(piece: str) -> str:
        return active.sub(lambda match: _neutralize(match, quotes=quotes, has_math=has_math), piece)

    out: list[str] = []
    end = 0
    for span in _SPAN.finditer(text):
        out.append(literal(text[end : span.start()]))
        end = span.end()
        # Code that could do something were it no code; not all agree on where it begins.
        safe = literal(span[0]) == span[0]
        out.append(span[0] if safe else f"<code>{_to_entities(span[2])}</code>")
    return _escape_open_labels("".join(out) + literal(text[end:]))


def _escape_open_labels(text: str) -> str:
    """Without a label that opens and does not close: one renderer looks for its end far below, in code too."""
    last = max((end.start() for end in _LABEL_END.finditer(text)), default=-1)
    return _LABEL.sub(lambda label: label[0] if label.start() < last else f"{label[1]}&#91;", text)


def _neutralize(match: re.Match[str], *, quotes: bool, has_math: bool) -> str:
    kind, found = match.lastgroup, match[0]
    if kind == "math":
        return _ACTIVE_IN_MATH.sub(_neutralize_in_math, found)
    if kind == "address":
        return match["address"]
    if kind == "start":
        slashes = len(found) - 1
        return "\\" * (slashes - slashes % 2) + ("&lt;" if found[-1] == "<" else "&#33;")
    if kind == "url":
        return f"]({_escape_dollars(match['url'])})"
    if kind == "marker":
        # JupyterLab's mark for a formula that was cut out has two of them, and must not come about afterwards.
        return found + "\u200b"
    if kind == "target":
        return "]" + _entity(found[1])
    if kind == "fence":
        return _to_entities(found.lstrip("\\"))
    if kind == "quote" and quotes:
        return "&quot;"
    if kind == "display" and not has_math:
        return _to_entities(found.lstrip("\\") if "$" in found else found)
    return found


def _neutralize_in_math(match: re.Match[str]) -> str:
    """What TeX reads as the same."""
    found = match[0]
    if found in "!]@&":
        return found + "{}"
    return {"<": "< ", '"': "''"}.get(found) or _to_entities(found)


def _escape_dollars(url: str) -> str:
    return url.replace("$", "%24")


def _entity(char: str) -> str:
    return f"&#{ord(char)};"


def _to_entities(text: str) -> str:
    """Text of which nothing means anything to Markdown."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda char: _entity(char[0]), text)
