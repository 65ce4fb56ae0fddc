"""Inline rules of sanitised Markdown: they escape all that would be active for some renderer in a paragraph.

Active are HTML, images, links to addresses that `URL` does not match, the macros of `safe_formulas.py`, and
markers that only some renderers know. `safe_markdown.py` explains why they are escaped. The twin on the page is
`js/src/core/saved/safe-inline.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .portable.formulas import DOLLAR, ESCAPED_DOLLAR
from .safe_formulas import ACTIVE_MACRO, has_active_macro

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.
# The marks of tags stand in no address.
_URL_CHAR = r"[^\s()\[\]<>\"`\\\x03\x04]"
URL = rf"(?:[Hh][Tt][Tt][Pp][Ss]?://|mailto:|\#)(?:{_URL_CHAR}|\({_URL_CHAR}*\))*"
TITLE = r"(?:\"[^\"\n]*\"|'[^'\n]*')"

_TICKS = re.compile("`+|\n")

# For Pandoc, the name of a TeX command may have letters of all scripts.
_LETTER = "A-Za-z\x80-\U0010ffff"
_COMMAND = re.compile(rf"\\[{_LETTER}]")
_COMMAND_END = re.compile(rf"\\[{_LETTER}@*]+[ \t\n]*\Z|[\]}}][ \t\n]*\Z|[{_LETTER}@* \t\n]{{60}}\Z")
_GROUP = re.compile(r"[{}\[\]]|\\[^A-Za-z]")
_GROUP_OR_COMMENT = re.compile(r"[{}\[\]]|\\[^A-Za-z]|%[^\n]*")

_LABEL = re.compile(r"^([ \t>*+\-0-9.)]*)\[", re.M)
_LABEL_END = re.compile(r"(?<!\\)\]")

# JupyterLab and GitHub link an address after it by themselves, GitHub in code elements too.
_CHAT_SCHEME = r"[xX][mM][pP][pP](?=\\?:|&)"
_MATH = r"(?P<math>\$\$[^$]+\$\$|\$[^$\n]+\$)|"
_REST = (
    # A footnote, unless a renderer without footnotes could read its text as the address of a link.
    r"(?P<footnote>^ {0,3}\[\^[A-Za-z0-9_-]+\]:(?=[ \t]+[^\s:&\\/<\"'(]+[ \t]+[^\s\"'(]))"
    r"|(?P<fence>\\?(?:`{3,}|~{3,}))"
    r"|<(?P<address>https?://[^\s<>\"\\`\[\]$]+)>"
    r"|(?P<start>(?<!\\)\\*(?:<(?=\S)|!(?=\[)))"
    rf"|\]\(\s*(?P<url>{URL})(?:\s+{TITLE})?\s*\)"
    r"|(?P<target>\][(:])"
    r"|(?P<display>\\?\${2,}|\\begin\{(?!filecontents)|\\\\\[)"
    rf"|(?P<marker>@(?=[\\&])|&(?:#0*64|#[xX]0*40|commat);|{_CHAT_SCHEME}|\^(?=\^))"
    r"|(?P<quote>\\?\")"
    # TeX reads `^^5c` as a backslash, so two marks of superscripts never stand together.
    # GitHub leaves out the marks of strong text inside of strong text.
    rf"|(?P<macro>{ACTIVE_MACRO}|\\(?=[A-Za-z]+\*\*[A-Za-z]))"
    r"|(?P<colons>:{3,})"
    # A substitution, a shortcode, or attributes of the element before the brace.
    r"|(?P<double>\{(?=[{%]))|(?P<brace>(?<=[\])`])\{(?=[^{}]*=|[ \t\n]*[.#:-]))"
    r"|(?P<role>\}(?=`)|(?<=`)\{)"
)
ENTITY = re.compile(r"&[#A-Za-z]")
SCRIPT_MARK = re.compile(r"[\^~]")
_SCRIPT = re.compile(
    r"(?P<math>\$\$[^$]*\$\$|\$[^$\n]*\$)|(?P<note>(?<!\\)\[\^[A-Za-z0-9_-]+\])"
    r"|(?P<url>https?://[^\s<>()\[\]]*)|\\\\|\\~+|\^|(?<!~)~(?!~)"
)
# Pandoc reads an entity as the character where it reads a superscript twice, so something stands before it.
_ATTRIBUTES_START = "\u200b&#123;"
INVISIBLE = "\u200b"
_MACRO = re.compile(ACTIVE_MACRO)
_SCHEME = re.compile(_CHAT_SCHEME)
_DOLLARS = re.compile(rf"[${DOLLAR}{ESCAPED_DOLLAR}]")
_BACKSLASH = re.compile("&(?:#0*92|#[xX]0*5[cC]|bsol);")
FORMULA_MARKS = ("$$", "\\\\[", "\\\\(", "\\begin{")
_ACTIVE = re.compile(_MATH + _REST, re.M)
_ACTIVE_WITHOUT_MATH = re.compile(_REST, re.M)
_ACTIVE_IN_MATH = re.compile(
    rf"{ACTIVE_MACRO}|{_CHAT_SCHEME}|:{{3,}}|\{{(?=[{{%])|[\])`}}](?=\{{[^{{}}]*=|\{{[ \t\n]*[.#:-])|\}}(?=`)"
    r"|\^(?=\^)|@(?=[\\&])|&(?=#0*64;|#[xX]0*40;|commat;)|<(?=\S)|!(?=\[)|\](?=[(:])|\"|`{3,}|~{3,}"
)


def code_spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and number of backticks of each code span.

    A span's ends are two runs of equally many backticks on one line. The first one stands after no backslash.
    """
    runs = list(_TICKS.finditer(text))
    closing: dict[int, int] = {}
    next_lengths: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        if runs[index][0] == "\n":
            next_lengths = {}
            continue
        length = len(runs[index][0])
        if length in next_lengths:
            closing[index] = next_lengths[length]
        next_lengths[length] = index
    index = 0
    while index < len(runs):
        start = runs[index].start()
        if index in closing and (start == 0 or text[start - 1] != "\\"):
            yield start, runs[closing[index]].end(), len(runs[index][0])
            index = closing[index]
        index += 1


def escape_active(text: str, *, has_math: bool) -> str:
    """Escape all that could be active in a paragraph.

    Args:
        text: The paragraph.
        has_math: Whether its formulas stay formulas. Otherwise the marks of displayed formulas become text.
    """
    # JupyterLab replaces formulas by marks before it parses Markdown, and puts them back into the HTML, attributes
    # included. A quote in a formula could end such an attribute.
    quotes = "$" in text or "\\" in text
    # TeX takes a space before a brace for nothing.
    brace = " {" if has_math and any(mark in text for mark in FORMULA_MARKS) else _ATTRIBUTES_START
    active = _ACTIVE if has_math else _ACTIVE_WITHOUT_MATH

    def escape(piece: str) -> str:
        return active.sub(lambda match: _neutralize(match, quotes, brace, has_math=has_math), piece)

    out: list[str] = []
    end = 0
    for start, span_end, ticks in code_spans(text):
        out.append(_escape_between(text, end, start, escape))
        end = span_end
        span = text[start:end]
        # Renderers disagree about where a code span begins. Text that would be active outside of code is escaped.
        is_inactive = escape(span) == span
        out.append(span if is_inactive else f"<code>{to_entities(span[ticks:-ticks])}</code>")
    escaped = _escape_open_groups("".join(out) + _escape_between(text, end, len(text), escape))
    return _escape_open_labels(_escape_scripts(escaped, is_formula=brace == " {"))


def _escape_scripts(text: str, *, is_formula: bool) -> str:
    """Escape the marks of superscripts and subscripts where there are entities.

    Pandoc reads a script's text twice, and the second time an entity is the character that it stands for.
    """
    if not ENTITY.search(text) or not SCRIPT_MARK.search(text):
        return text
    out: list[str] = []
    end = 0
    for start, span_end, ticks in code_spans(text):
        out.append(_SCRIPT.sub(lambda script: _neutralize_script(script, is_formula=is_formula), text[end:start]))
        end = span_end
        span = text[start:end]
        is_inactive = "&" not in span or not SCRIPT_MARK.search(span)
        out.append(span if is_inactive else f"<code>{to_entities(span[ticks:-ticks])}</code>")
    out.append(_SCRIPT.sub(lambda script: _neutralize_script(script, is_formula=is_formula), text[end:]))
    return "".join(out)


def _neutralize_script(match: re.Match[str], *, is_formula: bool) -> str:
    found = match[0]
    if match["math"]:
        # TeX ignores the space, and no script begins with one.
        return re.sub(r"[\^~](?=[^ ])", r"\g<0> ", found)
    if match["url"]:
        return found.replace("^", "%5E").replace("~", "%7E")
    if match["note"] or found == "\\\\":
        return found
    if found[0] == "\\":
        # The tilde behind an escaped one would begin a script, even if a third one follows it.
        return _entity("~") * (len(found) - 1)
    # A tilde and a space would begin a definition.
    return "^ " if is_formula and found == "^" else _entity(found)


def _escape_between(text: str, start: int, end: int, escape: Callable[[str], str]) -> str:
    """Escape the text between two code spans, and the braces beside them: a role's name, or attributes."""
    escaped = escape(text[start:end])
    if start and escaped.startswith("{"):
        escaped = _ATTRIBUTES_START + escaped[1:]
    return escaped[:-1] + "&#125;" if end < len(text) and escaped.endswith("}") else escaped


def _escape_open_groups(text: str) -> str:
    """Escape the braces and brackets that open after a TeX command and do not close.

    Pandoc searches for the end of a command's argument far below, in code too.
    """
    if not _COMMAND.search(text) or not _unclosed_groups(text):
        return text
    out: list[str] = []
    end = 0
    for start, span_end, ticks in code_spans(text):
        out.append(text[end:start])
        end = span_end
        span = text[start:end]
        out.append(f"<code>{to_entities(span[ticks:-ticks])}</code>" if _GROUP.search(span) else span)
    text = "".join(out) + text[end:]
    unclosed = _unclosed_groups(text)
    return "".join(_entity(char) if at in unclosed else char for at, char in enumerate(text))


def _unclosed_groups(text: str) -> set[int]:
    """Return where groups open that do not close, whether `%` begins a comment or not."""
    unclosed: set[int] = set()
    for pattern in (_GROUP, _GROUP_OR_COMMENT):
        for opening, closing in ("{}", "[]"):
            opened: list[int] = []
            for match in pattern.finditer(text):
                if match[0] == opening:
                    opened.append(match.start())
                elif match[0] == closing and opened:
                    opened.pop()
            if opening == "[":
                opened = [at for at in opened if _COMMAND_END.search(text[max(0, at - 80) : at])]
            unclosed.update(opened)
    return unclosed


def _escape_open_labels(text: str) -> str:
    """Escape a `[` that no `]` closes. One renderer searches all later lines for the `]`, in code too."""
    last = max((end.start() for end in _LABEL_END.finditer(text)), default=-1)
    return _LABEL.sub(lambda label: label[0] if label.start() < last else f"{label[1]}&#91;", text)


def _neutralize(match: re.Match[str], quotes: bool, brace: str, *, has_math: bool) -> str:
    kind, found = match.lastgroup, match[0]
    if kind == "math":
        # A backslash before the element would make it text.
        if has_active_macro(found) and match.string[match.start() - 1 : match.start()] != "\\":
            # Where the formula's first line is indented code, the element's end is in another block.
            return f"<code>{to_entities(_MACRO.sub(lambda macro: macro[0] + INVISIBLE, found))}</code>"
        return _ACTIVE_IN_MATH.sub(_neutralize_in_math, found)
    if kind == "address":
        return escape_url(match["address"])
    if kind == "start":
        slashes = len(found) - 1
        return "\\" * (slashes - slashes % 2) + ("&lt;" if found[-1] == "<" else "&#33;")
    if kind == "url":
        return f"]({escape_url(match['url'])})"
    if kind in ("marker", "macro"):
        # JupyterLab marks the place of a formula with two markers, so the text must not contain such a mark. A
        # name after an invisible character is not a macro.
        return found + INVISIBLE
    if kind == "target":
        return "]" + _entity(found[1])
    if kind == "role":
        return _entity(found) if found == "}" else _ATTRIBUTES_START
    if kind == "colons":
        return to_entities(found)
    if kind == "brace":
        return brace
    if kind == "double":
        return "{ " if brace == " {" else _entity(found)
    if kind == "fence":
        return to_entities(found.lstrip("\\"))
    if kind == "quote" and quotes:
        return "&quot;"
    if kind == "display" and not has_math:
        return to_entities(found.lstrip("\\") if "$" in found else found)
    return found


def _neutralize_in_math(match: re.Match[str]) -> str:
    """Replace active text in a formula by text that TeX reads as the same."""
    found = match[0]
    if found[0] in "\\&" and found != "&":
        return found + INVISIBLE
    if found == "{" or (found in "])}`" and match.string[match.end()] in "{`"):
        return found + " "
    if found[0] in "!]@&xX^":
        return found + "{}"
    if found[0] == ":":
        return "{}".join(found)
    return {"<": "< ", '"': "''"}.get(found) or to_entities(found)


def escape_url(url: str) -> str:
    """Encode the characters of an address that could begin a formula, a macro or a substitution."""
    return _DOLLARS.sub("%24", _BACKSLASH.sub("%5C", url)).replace("{", "%7B")


def _entity(char: str) -> str:
    return f"&#{ord(char)};"


def to_entities(text: str) -> str:
    """Escape every character that has a meaning in Markdown."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda char: _entity(char[0]), _SCHEME.sub(rf"\g<0>{INVISIBLE}", text))
