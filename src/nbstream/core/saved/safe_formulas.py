"""Rules for the formulas in sanitised Markdown: where they end, and which of their macros are active.

MathJax without its safe extension (Quarto, Sphinx, MkDocs) follows macros that set addresses, styles, classes and
ids, load extensions or define macros. It reads the text of the finished page, so no entity and no delimiter that
a Markdown renderer sees differently may hide such a macro. An export to PDF hands commands to TeX, which has some
that read and write files. The twin is `js/src/core/saved/safe-formulas.ts`.
"""

from __future__ import annotations

import re

MAX_FORMULAS = 100
"""Number of displayed formulas in one paragraph that stay formulas. If there are more, all become text, because
pairing them takes too long."""

_BLANK = "[ \\t\\n]*"
# A name is active whatever follows it, because TeX allows spaces and comments before an argument. Two names are
# inactive with the arguments given here: `\unicode` sets a font only in brackets, `\bbox` a style only with a
# colon.
_NAMES = (
    r"(?:(?:href|url|nolinkurl|hyper(?:ref|link|target)|style|class|cssId|data|mmlToken"
    r"|html[A-Za-z]*|require|usepackage|[A-Za-z]*[iI]nput[A-Za-z]*|include[A-Za-z]*|setOptions|csname|catcode"
    r"|open(?:in|out)|read(?:line)?|write|immediate|special|(?:direct|late)lua|scantokens"
    r"|makeatletter|(?:pdf|XeTeX)[A-Za-z]+|(?:attach|embed|sub)file|import|begin(?=\{filecontents)"
    r"|[egx]?def|let|futurelet|global|long|(?:new|renew|provide)command|(?:re)?newenvironment|newcommandx"
    r"|Declare[A-Za-z]*|Newextarrow|(?:re)?newtagform|mathtoolsset)(?![A-Za-z])"
    rf"|unicode(?![A-Za-z]|{_BLANK}\{{)"
    rf"|bbox(?![A-Za-z]|{_BLANK}\{{|{_BLANK}\[[A-Za-z0-9#., ]*\]))"
)
ACTIVE_MACRO = rf"(?:\\|&(?:#0*92|#[xX]0*5[cC]|bsol);)(?=[A-Za-z]*&#|{_NAMES})"
"""Pattern of the backslash of an active macro, or of a name that an entity completes."""

_ACTIVE_FORMULA = re.compile(rf"(?<!\\)(?:\\\\)*\\(?={_NAMES})")

_BLOCK_MATH = re.compile(
    r"(?<!\\)\$\$[^\0]*?(?<!\\)\$\$|\\\\\[[^\0]*?\\\\\]|\\begin\{([a-z]*\*?)\}[^\0]*?\\end\{\1\}"
)
_OPENED = re.compile(r"\$\$|\\begin\{|\\\\\[")
_BEGIN = re.compile(r"\\begin\{[a-z]*\*?\}")


def has_active_macro(formula: str) -> bool:
    """Return whether a formula has a macro that does more than typeset."""
    return _ACTIVE_FORMULA.search(formula) is not None


def math_is_balanced(text: str) -> bool:
    """Return whether every displayed formula ends in this paragraph for every renderer.

    Some renderers let such a formula span blank lines.
    """
    if len(_OPENED.findall(text)) > MAX_FORMULAS:
        return False
    if "$$$" in text or "\\$$" in text or _OPENED.search(_BLOCK_MATH.sub("", text)):
        return False
    if any(f"\\end{match[0][6:]}" not in text[match.end() :] for match in _BEGIN.finditer(text)):
        return False
    pairs = all(line.count("$$") % 2 == 0 for line in text.split("\n"))
    return pairs or (text.count("$$") == 2 and _is_one_display(text))


def _is_one_display(text: str) -> bool:
    """Return whether a paragraph is one formula, with the closing `$$` where every renderer sees it."""
    content = text.strip(" \t")
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    if not (content.startswith("$$") and content.endswith("$$")):
        return False
    body = content[2:-2]
    last = body.rstrip(" \t")[-1:]
    return body.endswith("\n" + indent) or not (last == "" or last.isspace())
