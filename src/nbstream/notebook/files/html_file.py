"""A conversation as one HTML file, in which nothing runs and which loads nothing when it is opened.

The Markdown is rendered by markdown-it-py (the extra `nbstream[html]`) with HTML as text, except for the few tags
of `html_tags.py`. Links lead to the web or to a mail address, an image that lies elsewhere is a link to it, and
formulas are shown as their source. What is deeper than `MAX_NESTING` quotes and list items is left out by
markdown-it-py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from ...core.control_characters import escape_controls
from ...core.reply import RUNNING
from ...core.saved.saved_notes import SPEAKERS, UNFINISHED_IN_FILE
from ...core.saved.saved_parts import part_line, saved_parts
from ...core.turn import Turn
from .html_tags import pair_tags, parse_tag

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MAX_NESTING = 100

_ADDRESS = re.compile(r"https?://|mailto:", re.I)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp)[;,]", re.I)
# Pandoc's rule, which leaves prices alone. The page has the same rule and limit.
_FORMULA = re.compile(
    r"\$\$(?!\$)[^$]{1,1000}\$\$|\$(?![\s$])(?:\\.|[^$\\`]){1,1000}(?<!\s)\$(?!\d)"
    r"|\\\(.{1,1000}?\\\)|\\\[.{1,1000}?\\\]",
    re.S,
)

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
img-src data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --text: #1f2328; --page: #fff; --quiet: #59636e; --tint: #f3f4f6;
  --line: #d1d9e0; --link: #0757ba }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --page: #16181c; --quiet: #9da5b0; --tint: #23262c;
  --line: #3d444d; --link: #79b8ff } }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; color: var(--text);
  background: var(--page); font: 1rem/1.6 system-ui, sans-serif }
article { margin: 1.5rem 0 } article > h2 { margin: 0; font-size: .875rem; color: var(--quiet) }
article[data-role=user] { padding: .75rem 1rem; border-radius: .5rem; background: var(--tint) }
article[data-role=user] p { white-space: pre-line }
h1, h2, h3, h4, h5, h6 { line-height: 1.3 } h1 { font-size: 1.5rem } h3 { font-size: 1.3rem }
p, li, h3, h4, h5, h6, td, th { unicode-bidi: plaintext } a { color: var(--link) }
code, pre { font: .875rem/1.5 ui-monospace, monospace } :not(pre) > code { padding: .1em .3em }
pre, code { border-radius: .375rem; background: var(--tint) } pre { padding: .75rem 1rem; overflow: auto }
[data-role=user] :is(pre, code) { background: var(--page) } pre code { overflow-wrap: normal }
blockquote { margin: 1rem 0; padding: 0 1rem; border-left: .25rem solid var(--line); color: var(--quiet) }
table { display: block; overflow-x: auto; border-collapse: collapse; overflow-wrap: normal }
th, td { padding: .3rem .75rem; border: 1px solid var(--line) } img { max-width: 100% }
hr { border: 0; border-top: 1px solid var(--line) } .note { color: var(--quiet); font-style: italic }
</style>
"""


def to_html(turns: Sequence[Turn], title: str) -> str:
    """Return a conversation as an HTML document with one `article` for each turn.

    Args:
        turns: The conversation.
        title: The document's title.

    Raises:
        ImportError: markdown-it-py is not installed.
    """
    markdown = _renderer()
    pieces = [f"{_HEAD}<title>{escape(title)}</title>\n<main>\n<h1>{escape(title)}</h1>"]
    for turn, parts in zip(turns, saved_parts(turns), strict=True):
        texts = [part.text if part.kind == "text" else part_line(part, is_markdown=True) for part in parts]
        note = _note(turn)
        body = "".join(markdown.render(_visible(text)) for text in texts)
        body += f'<p class="note">{escape(note)}</p>\n' if note else ""
        if body:
            pieces.append(f'<article data-role="{turn.role}">\n<h2>{SPEAKERS[turn.role]}</h2>\n{body}</article>')
    # An entity of the Markdown may have become a control character.
    return escape_controls("\n".join([*pieces, "</main>\n</html>\n"]))


def _renderer() -> MarkdownIt:
    try:
        # markdown-it-py is imported only when it is needed, because it is an extra.
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise ImportError(
            'Saving as .html needs markdown-it-py: pip install "nbstream[html]". Names that end in .md or .json '
            "need nothing more."
        ) from error
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(
        ["table", "strikethrough"]
    )
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.inline.ruler.after("autolink", "tag", parse_tag)
    markdown.core.ruler.push("inert", _make_inert)
    return markdown


def _formula(state: StateInline, silent: bool) -> bool:
    """Parse a formula to its source as code. This is an inline rule of markdown-it."""
    found = _FORMULA.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "$\\" else None
    if found is None:
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = found[0]
    state.pos = found.end()
    return True


def _make_inert(state: StateCore) -> None:
    """Lower the headings below the speaker's and convert links and images. This is a core rule of markdown-it."""
    for token in state.tokens:
        if token.type.startswith("heading_"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if token.children:
            pair_tags(token.children)
            token.children = list(_inert(token.children))


def _inert(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        address = str(token.attrs.get("href") or token.attrs.get("src") or "")
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type == "link_open":
            token.attrs = _link(address)
        if token.type != "image" or _PICTURE.match(address):
            yield token
            continue
        alt = "".join(" " if child.type == "softbreak" else child.content for child in token.children or ())
        new = type(token)
        text = new("text", "", 0, content=alt or "Image")
        link = new("link_open", "a", 1, attrs=_link(address)), text, new("link_close", "a", -1)
        yield from link if depth == 0 else [text]


def _link(address: str) -> dict[str, str | int | float]:
    return {"href": address, "rel": "noopener noreferrer"} if _ADDRESS.match(address) else {}


def _visible(text: str) -> str:
    """Return Markdown with control characters as escapes, and halves of surrogate pairs as `?`, as in the file."""
    return escape_controls(re.sub(r"\r\n?", "\n", text)).encode("utf-8", "replace").decode()


def _note(turn: Turn) -> str:
    if turn.reply is None:
        return ""
    return UNFINISHED_IN_FILE if turn.reply.status in RUNNING else turn.reply.error or turn.reply.note or ""
