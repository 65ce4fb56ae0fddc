"""Sanitiser for an answer's Markdown, which goes into the notebook's file and is rendered by other programs.

Hosts render the Markdown of a trusted notebook with all its HTML, scripts included, and their renderers disagree
about where code ends and text begins. So the sanitised text is safe however a renderer reads it: HTML is text,
images are links, links lead to the web or nowhere, and code stands in fences that every renderer opens and closes
at the same lines. The twin on the page is `js/src/core/safe-markdown.ts`. Both are tested with
`tests/fixtures/safe_markdown.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each pattern must be fast on text of any length. So a repeated part of a pattern never matches the character with
# which the next part begins.
_URL = r"(?:[Hh][Tt][Tt][Pp][Ss]?://|mailto:|\#)(?:[^\s()\[\]<>\"`\\]|\([^\s()\[\]<>\"`\\]*\))*"
_TITLE = r"(?:\"[^\"\n]*\"|'[^'\n]*')"

MAX_FORMULAS = 100
"""The most displayed formulas that one paragraph may have. If it has more, all of them become text, because
pairing their beginnings with their ends would take too long."""

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
    # Matches the definition of a footnote, unless a renderer without footnotes could read its text as the address
    # of a link.
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
    """Return Markdown that looks like `text` and runs, loads and submits nothing in any renderer."""
    # These characters are replaced, because some renderers end a line at them and others do not.
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
    """Return `text` as one block of code."""
    return make_safe(f"{_longer_fence([text])}\n{text}\n{_longer_fence([text])}")


def _update_list_items(items: list[int], line: str) -> int:
    """Update the list items that contain a line.

    Args:
        items: The column at which each item's content begins, outermost first. It is changed in place.
        line: The line.

    Returns:
        The content column of the innermost item.
    """
    if line.strip(" \t"):
        column = _indent_columns(line)
        while items and items[-1] > column:
            items.pop()
        if marker := _MARKERS.match(line):
            items.append(len(marker[0].expandtabs(4)))
    return items[-1] if items else 0


def _convert_fence(lines: list[str], at: int, opening: re.Match[str], items: list[int]) -> tuple[list[str], int]:
    """Convert a fenced block so that renderers see a fence, whether or not they see a list item around it.

    The blank lines around the block end any construct that a renderer might continue into it. The block's lines
    are indented like its fences, so that a renderer that sees no list item there sees indented code. Quoted code
    is moved out of its quote, because not all renderers treat the blank lines of a quote as blank.

    Args:
        lines: All lines of the text.
        at: The index of the line after the opening fence.
        opening: The match of the opening fence.
        items: The list items that contain the block; see `_update_list_items`.

    Returns:
        The lines of the converted block, and the index of the line after it.
    """
    quote, indent, marker, fence, info = opening.groups()
    depth = quote.count(">")
    # The column for the new fence. A fence that begins more than three columns past the content of its list item
    # would be indented code.
    fence_column = column = 0 if depth else len((indent + marker).expandtabs(4))
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
        if closing.match(line) and _indent_columns(line) < fence_column + 4:
            break
        content.append(_remove_indent(line, column))
    ticks = _longer_fence(content)
    info = "" if info.lower().startswith("mermaid") else info
    pad = " " * column
    first = pad if depth or not marker else (indent.expandtabs(4) + marker)
    return [first + ticks + info, *(pad + line if line else "" for line in content), pad + ticks], at


def _longer_fence(content: Iterable[str]) -> str:
    """Return a fence that is longer than every run of backticks in the content."""
    longest = max((len(run) for line in content for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _indent_columns(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _remove_indent(line: str, column: int) -> str:
    """Remove the white space in the first `column` columns of a line."""
    if column == 0:
        return line
    text = line.lstrip(" \t")
    white = line[: len(line) - len(text)].expandtabs(4)
    return white[min(column, len(white)) :] + text


def _convert_prose(lines: list[str]) -> list[str]:
    """Convert text outside of code, paragraph by paragraph.

    Every renderer ends a construct of several lines at a blank line.
    """
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
        # The empty title completes the definition. Without it, one renderer searches for a title far below.
        label, url = definition.groups()
        out.append(f'{label} {_escape_dollars(url)} ""')
    text = "\n".join(lines[len(out) :])
    escaped = _escape_active(text, has_math=True)
    if not _math_is_balanced(escaped):
        escaped = _escape_active(text, has_math=False)
    return [*out, *escaped.split("\n")] if text else out


def _math_is_balanced(text: str) -> bool:
    """Return whether all renderers see the end of every displayed formula in this paragraph.

    Some renderers would let a formula without an end continue past a blank line.
    """
    if len(_OPENED.findall(text)) > MAX_FORMULAS:
        return False
    if "$$$" in text or "\\$$" in text or _OPENED.search(_BLOCK_MATH.sub("", text)):
        return False
    if any(f"\\end{match[0][6:]}" not in text[match.end() :] for match in _BEGIN.finditer(text)):
        return False
    pairs = all(line.count("$$") % 2 == 0 for line in text.split("\n"))
    return pairs or (text.count("$$") == 2 and _DISPLAY.match(text) is not None)


def _escape_active(text: str, *, has_math: bool) -> str:
    # JupyterLab replaces formulas by marks before it parses Markdown, and afterwards puts the formulas back into
    # the HTML, even into attributes. A quote in a formula could end such an attribute, so quotes are escaped.
    quotes = "$" in text or "\\" in text

    active = _ACTIVE if has_math else _ACTIVE_WITHOUT_MATH

    def escape(piece: str) -> str:
        return active.sub(lambda match: _neutralize(match, quotes=quotes, has_math=has_math), piece)

    out: list[str] = []
    end = 0
    for span in _SPAN.finditer(text):
        out.append(escape(text[end : span.start()]))
        end = span.end()
        # Renderers disagree about where a code span begins. So the text of a code span is escaped if it would be
        # active outside of code.
        is_inactive = escape(span[0]) == span[0]
        out.append(span[0] if is_inactive else f"<code>{_to_entities(span[2])}</code>")
    return _escape_open_labels("".join(out) + escape(text[end:]))


def _escape_open_labels(text: str) -> str:
    """Escape labels of links that are not closed.

    One renderer searches for the end of such a label far below, even in code.
    """
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
        # JupyterLab marks the place of a formula with two "@" in a row, so the text must not contain such a mark.
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
    """Replace active text in a formula by text that TeX reads as the same."""
    found = match[0]
    if found in "!]@&":
        return found + "{}"
    return {"<": "< ", '"': "''"}.get(found) or _to_entities(found)


def _escape_dollars(url: str) -> str:
    return url.replace("$", "%24")


def _entity(char: str) -> str:
    return f"&#{ord(char)};"


def _to_entities(text: str) -> str:
    """Escape every character that has a meaning in Markdown."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda char: _entity(char[0]), text)
