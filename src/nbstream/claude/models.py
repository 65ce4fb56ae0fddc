"""Claude's models by name: which there are, how much they write, and which name was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

MAX_OUTPUT = {
    "claude-fable-5-2": 128_000,
    "claude-mythos-5-2": None,
    "claude-fable-5-1": 128_000,
    "claude-mythos-5-1": None,
    "claude-fable-5": 128_000,
    "claude-mythos-5": 128_000,
    "claude-mythos-preview": None,
    "claude-opus-5-5": 128_000,
    "claude-opus-5": 128_000,
    "claude-opus-4-8": 128_000,
    "claude-opus-4-7": None,
    "claude-opus-4-6": None,
    "claude-opus-4-5": None,
    "claude-sonnet-5-5": 128_000,
    "claude-sonnet-5": 128_000,
    "claude-sonnet-4-6": 128_000,
    "claude-sonnet-4-5": 64_000,
    "claude-haiku-5-5": 128_000,
    "claude-haiku-4-5": 64_000,
}
"""The models that the SDK 2.14 names, and the most tokens that a reply of theirs may have; `None`: not known.

Source: the models' overviews in the Claude docs (platform.claude.com), read on 2026-11-25; the Batch API has more.
"""

_DATE = r"(?:-\d{8}|-latest)?"
_NAME = re.compile(rf"([a-z]+)-([a-z]+)((?:-\d{{1,2}}){{1,2}}{_DATE})")
_DATED = re.compile(rf"(.+?){_DATE}")
_FAMILIES = sorted({name.split("-")[1] for name in MAX_OUTPUT})

CLAUDE_LIKE, FAMILY_LIKE = 0.8, 0.75
"""How like a word must be to one of ours to be a slip of it, by `difflib`: "claud" is (0.91), "cloud" is not
(0.73); "opsu" is (0.75), "opal", which may be a family one day, is not (0.5)."""


def max_output(model: str) -> int | None:
    """The most tokens that a reply of this model may have, where that is known."""
    return MAX_OUTPUT.get(_base(model))


def meant(model: str) -> str | None:
    """The name that was meant, where a name of the Claude API cannot be right; `None` lets it pass.

    A name that we do not know may be newer than we are, so it is only refused for one of three slips: a known
    name with its hyphens, dots or capitals wrong, the word "claude", or the family's.
    """
    base = _base(model)
    if base in MAX_OUTPUT:
        return None
    for known in MAX_OUTPUT:
        if _bare(base) == _bare(known):
            return known + model[len(base) :]
    parts = _NAME.fullmatch(model)
    if parts is None:
        return None
    claude, family, rest = parts.groups()
    named = _like(claude, ["claude"], CLAUDE_LIKE), _like(family, _FAMILIES, FAMILY_LIKE)
    return f"{named[0]}-{named[1]}{rest}" if all(named) and named != (claude, family) else None


def _base(model: str) -> str:
    dated = _DATED.fullmatch(model)
    return dated[1] if dated else model


def _bare(name: str) -> str:
    return re.sub(r"[-._ ]", "", name).lower()


def _like(word: str, words: Iterable[str], cutoff: float) -> str | None:
    return next(iter(get_close_matches(word, list(words), 1, cutoff)), None)
