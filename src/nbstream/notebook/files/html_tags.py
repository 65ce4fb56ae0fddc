"""The few tags that the page shows as elements, for markdown-it-py with all other HTML as text.

A tag becomes an element of markdown-it's own, without attributes and only with its partner, so no HTML of an
answer passes. The rules are those of `core/saved/portable/tags.py`; a part that may be folded is a bold line and
what follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core.saved.portable.tags import ELEMENTS, MAX_NESTED_TAGS, code_between_tags, comment_at

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_TAG = re.compile(r"<(/?)([A-Za-z]{1,7})(?:(?<=details)[ \t]{1,9}open(?:=\"\")?)?[ \t]{0,9}(/?)>", re.I)
_KIND = "tag"
_MAX_CODE_CHARS = 10_000


def parse_tag(state: StateInline, silent: bool) -> bool:
    """Parse a tag, a comment, or code between tags. This is an inline rule of markdown-it."""
    end = None
    if state.src.startswith("<!--", state.pos):
        comment = comment_at(state.src[: state.posMax], state.pos)
        end = comment[1] if comment else None
    elif found := _TAG.match(state.src, state.pos, state.posMax):
        end = _parse_element(state, found, silent)
    if end is not None:
        state.pos = end
    return end is not None


def _parse_element(state: StateInline, found: re.Match[str], silent: bool) -> int | None:
    closes, name, ends = found[1], found[2].lower(), found[3]
    if name == "details" and not ends:
        return found.end()
    if name == "br" and not closes:
        if not silent:
            state.push("hardbreak", "br", 0)
        return found.end()
    if name == "code" and not closes:
        source = state.src[: min(state.posMax, found.end() + _MAX_CODE_CHARS)]
        code = code_between_tags(source, found.end())
        if code and not silent:
            state.push("code_inline", "code", 0).content = code[0]
        return code[1] if code else None
    if name not in ELEMENTS and name != "summary":
        return None
    if not silent:
        token = state.push(_KIND, ELEMENTS.get(name, "strong"), 0)
        token.content, token.info, token.markup = found[0], "close" if closes else "open", name
    return found.end()


def pair_tags(tokens: Sequence[Token]) -> None:
    """Make elements of the tags that have a partner in the same element, and text of all others."""
    opened: list[Token] = []
    for token in tokens:
        if token.type == _KIND and token.info == "close":
            _close(token, opened)
        elif token.nesting > 0 or token.type == _KIND:
            opened.append(token)
        elif token.nesting < 0:
            while opened and opened.pop().type == _KIND:
                pass
    for token in tokens:
        if token.type == _KIND:
            token.type, token.tag = "text", ""


def _close(token: Token, opened: list[Token]) -> None:
    """Pair a closing tag with the latest tag of its name, unless another element began in between."""
    for at in range(len(opened) - 1, max(-1, len(opened) - 1 - MAX_NESTED_TAGS), -1):
        if opened[at].type != _KIND:
            return
        if opened[at].markup == token.markup:
            opened[at].type, opened[at].nesting = "tag_open", 1
            token.type, token.nesting = "tag_close", -1
            del opened[at:]
            return
