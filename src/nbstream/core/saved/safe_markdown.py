"""Sanitiser for an answer's Markdown, which goes into the notebook's file and is rendered by other programs.

Hosts render the Markdown of a trusted notebook with all its HTML, scripts included, and their renderers disagree
about where code ends and text begins. So the sanitised text is safe however a renderer reads it: HTML is text,
images are links, links lead to the web or nowhere, and code stands in fences that every renderer opens and closes
at the same lines. Markers of constructs that only some renderers have (definition lists, divs, attributes,
substitutions, metadata) are text. `tests/core/saved/markdown_targets.md` lists the constructs of each renderer.
The twin on the page is `js/src/core/saved/safe-markdown.ts`. `tests/fixtures/safe_markdown.json` tests both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from .portable.cells import close_cells
from .portable.details import DetailsLines
from .portable.emphasis import write_emphasis
from .portable.formulas import insert_elements, rewrite, rewrite_alert
from .portable.links import write_links
from .portable.text import write_comparison, write_hidden, write_tildes
from .safe_fences import OPENING, convert_fence, longer_fence, update_list_items
from .safe_formulas import math_is_balanced
from .safe_inline import ENTITY, INVISIBLE, SCRIPT_MARK, TITLE, URL, escape_active, escape_url

_DEFINITION = re.compile(rf"^ {{0,3}}(\[[^\[\]<>`\"$\\\n]+\]:)[ \t]*({URL})(?:[ \t]+{TITLE})?[ \t]*$")

# Markers of lists: CommonMark's, and Pandoc's `#.`, `(1)`, `a.` and `(@a)`.
_MARKER = r"\(?(?:[0-9]{1,9}|#|[A-Za-z]{1,9}|@[A-Za-z0-9_-]{0,99})[.)]"
_PREFIX = rf"(?:[ \t>*+\-0-9.)]|(?=[(#A-Za-z@]){_MARKER}(?=[ \t]))*"
# The marker of a definition, after everything that may stand before it. nbconvert and Pandoc take columns off the
# lines of a definition, and read them again. For Pandoc a colon before any text begins a table's caption, too, and
# after a caption it takes a fence and a ruler for the table's head. MyST takes a line after `%` for a comment, and
# a line of attributes gives them to the block below it.
_TASK = rf"(?:\[[ xX]\][ \t]{_PREFIX})?"
_TERM_MARKER = re.compile(
    rf"^({_PREFIX}{_TASK})([:~](?=[ \t]|$)|(?<![^ \t>]):(?!:)|%|\{{(?=[ \t]*[.#]|[^{{}}]*=))"
)
_TERM_ENTITIES = {":": "&#58;", "~": "&#126;", "%": "&#37;", "{": "&#123;"}
# A formula shows an entity as it is written, so a colon is separated from the line's start by an empty group.
_TERM_GROUPS = {":": "{}:", "~": "&#126;", "%": "%", "{": "{"}
# A line of dashes. Pandoc reads metadata or a table from one, blank lines and all that follows included.
_DASHES = re.compile(rf"^([ \t>]*(?:(?:[*+]|{_MARKER})[ \t]+)*)(-[- \t]*)$")
# Below the marker of an item, which is a letter or a Roman number too for Pandoc, dashes are a table's.
_ITEM = r"(?:[0-9]+|[A-Za-z]|[IVXLCDMivxlcdm]{1,9})[.)]"
# A ruler is no text, so that dashes below it are no underline.
_SETEXT_TEXT = re.compile(rf"^[ \t>]*(?!(?:{_ITEM}|[-*+_])(?:[ \t]|$)|[-*+_][-*+_ \t]*$)[^\s>#|:\[<=~@(`\\]")
_UNDERLINE = re.compile(r"^[ \t>]*(?:=+|-+)[ \t]*$")
_ATTRIBUTES_END = re.compile(r"\}(?=[ \t#]*$)")
# The first line of an environment of TeX, behind all that may stand before it, and the last line of one. MyST goes
# on to the next line that ends as its last one does, over blank lines and fences of code.
_ENVIRONMENT_START = re.compile(rf"^({_PREFIX}{_TASK}(?:\[\^[^\]]+\]:[ \t]*)?)\\begin\{{([A-Za-z]+\*?)\}}")
_ENVIRONMENT_END = re.compile(r"\\end\{([A-Za-z]+\*?)\}\s*$")
# The first line of Pandoc's grid tables. Their cells hold blocks, and lose the characters beyond a column's end.
# So no rule for a line's end holds in them.
_GRID = re.compile(r"(?:(?<![-=:+])|(?<=\]:))\+(?=[-=:][-=:+]*\+[ \t]*$)")
# After a caption, Pandoc takes a fence and a ruler for a table's head.
_CAPTION_WORD = re.compile(rf"^({_PREFIX}[Tt]able):")
_CAPTION = re.compile(rf"^{_PREFIX}(?:[Tt]able)?:")

# MyST hides metadata. It searches for dashes in the first line of a text whose first character is a dash.
_METADATA = re.compile(r"-.*--")


def make_safe(text: str) -> str:
    """Return Markdown that looks like `text` and runs, loads and submits nothing in any renderer."""
    # Some renderers end a line at these characters and others do not.
    text = re.sub(r"\r\n?", "\n", write_hidden(text))
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]", " ", text)
    lines = text.split("\n")
    out: list[str] = []
    prose: list[str] = []
    items: list[int] = []
    details = DetailsLines()
    at = 0
    while at < len(lines):
        opening = OPENING.match(lines[at])
        if opening is None:
            prose += details.convert(lines[at], update_list_items(items, lines[at]))
            at += 1
            continue
        out += _convert_prose(prose)
        prose = []
        code, at = convert_fence(lines, at + 1, opening, items)
        if opening[5] == "math":
            code = _convert_math(code)
        if out and out[-1].strip(" \t"):
            out.append("")
        out += code
        if at < len(lines) and lines[at].strip(" \t"):
            out.append("")
    safe = "\n".join([*out, *_convert_prose(prose)])
    return f"\n{safe}" if _METADATA.match(safe) else safe


def as_code_block(text: str) -> str:
    """Return `text` as one block of code."""
    return make_safe(f"{longer_fence([text])}\n{text}\n{longer_fence([text])}")


def _convert_math(code: list[str]) -> list[str]:
    """Convert a fence of a formula, which only GitHub and the page know, to a formula between dollar signs."""
    tex = [line for line in code[1:-1] if line.strip(" \t")]
    pad = code[-1].rstrip("`")
    if not tex or any("$$" in line for line in tex) or not code[0].startswith(f"{pad}`"):
        return code
    return _convert_paragraph([f"{pad}$$", *tex, f"{pad}$$"])


def _convert_prose(lines: list[str]) -> list[str]:
    """Convert text outside of code, by paragraphs: every renderer ends multi-line constructs at a blank line."""
    out: list[str] = []
    paragraph: list[str] = []
    for line in [*chain.from_iterable(map(rewrite_alert, lines)), ""]:
        if line.strip(" \t"):
            paragraph.append(line)
            continue
        if paragraph:
            out += _convert_paragraph(write_links("\n".join(map(write_comparison, paragraph))).split("\n"))
            paragraph = []
        out.append("")
    return out[:-1]


def _convert_paragraph(lines: list[str]) -> list[str]:
    out: list[str] = []
    while len(out) < len(lines) and (definition := _DEFINITION.match(lines[len(out)])):
        if ENTITY.search(definition[1]) and SCRIPT_MARK.search(definition[1]):
            break
        # The empty title completes the definition. Without it, one renderer searches for a title far below.
        label, url = definition.groups()
        out.append(f'{label} {escape_url(url)} ""')
    portable = rewrite("\n".join(lines[len(out) :])).split("\n") if len(out) < len(lines) else []
    if not portable:
        return out
    whole = [*lines[: len(out)], *portable]
    is_formula = _is_formula("\n".join(portable))
    markers = _escape_markers(whole, len(out), is_formula=is_formula)
    escaped = escape_active("\n".join(markers), has_math=True)
    if not math_is_balanced(escaped):
        markers = _escape_markers(whole, len(out), is_formula=False)
        escaped = escape_active("\n".join(markers), has_math=False)
    rows = close_cells(write_emphasis(write_tildes(escaped)).split("\n"))
    rows = insert_elements("\n".join(rows)).split("\n")
    return [*out, *_hide_open_environments(rows, mark="{}" if is_formula else INVISIBLE)]


def _hide_open_environments(lines: list[str], mark: str) -> list[str]:
    """Put a mark before each environment that no line of the paragraph ends, so that its line begins otherwise."""
    last_ends = {end[1]: index for index, line in enumerate(lines) if (end := _ENVIRONMENT_END.search(line))}
    return [
        f"{start[1]}{mark}{line[start.end(1) :]}"
        if (start := _ENVIRONMENT_START.match(line)) and last_ends.get(start[2], -1) < index
        else line
        for index, line in enumerate(lines)
    ]


def _escape_markers(lines: list[str], first: int, *, is_formula: bool) -> Iterator[str]:
    """Escape the markers of blocks that only some renderers have, in the lines of a paragraph from `first` on."""
    is_caption = any(_CAPTION.match(line) for line in lines)
    may_have_attributes = False
    for index in range(first, len(lines)):
        line = lines[index]
        before = lines[index - 1] if index else ""
        after = lines[index + 1] if index + 1 < len(lines) else ""
        if may_have_attributes or is_caption or "#" in line or _UNDERLINE.match(after):
            # The attributes of a heading may go on in the lines below it.
            may_have_attributes = may_have_attributes or "{" in line
            line = _ATTRIBUTES_END.sub("&#125;", line)
        if (dashes := _DASHES.match(line)) and _opens_block(dashes, before, after):
            line = dashes[1] + "___" if dashes[2].count("-") > 2 else dashes[1] + "&#45;" + dashes[2][1:]
        line = _CAPTION_WORD.sub(r"\1&#58;", line)
        line = _GRID.sub("+{}" if is_formula else "&#43;", line, count=1)
        if index == len(lines) - 1 and line.endswith("\\"):
            # For Pandoc, a formula goes on after an escaped line end, blank lines included.
            line = line[:-1] + "&#92;"
        yield _TERM_MARKER.sub(lambda term: _escape_term(term[1], term[2], is_formula=is_formula), line)


def _escape_term(start: str, marker: str, *, is_formula: bool) -> str:
    # No line of a formula begins with the box of a task.
    return start + (_TERM_GROUPS if is_formula and "[" not in start else _TERM_ENTITIES)[marker]


def _is_formula(text: str) -> bool:
    """Return whether a paragraph is one formula. Only such a formula has several lines."""
    content = text.strip(" \t\n")
    return content.startswith("$$") and content.endswith("$$") and content.count("$$") == 2


def _opens_block(dashes: re.Match[str], before: str, after: str) -> bool:
    """Return whether a line of dashes could open metadata or a table. Otherwise it is a heading's or alone."""
    if dashes[2].count("-") < 3:
        return dashes[2].startswith("--") and not _is_underline(dashes, before)
    is_row = "--" in dashes[2] and len(dashes[2].split()) > 1
    # In a quote, a line with that quote's mark alone is blank.
    is_blank = after.strip(" \t>") == "" and after.count(">") <= dashes[1].count(">")
    return is_row or not (is_blank or _is_underline(dashes, before))


def _is_underline(dashes: re.Match[str], before: str) -> bool:
    quote = before[: len(before) - len(before.lstrip(" \t>"))]
    return dashes[1].count(">") == quote.count(">") and _SETEXT_TEXT.match(before) is not None
