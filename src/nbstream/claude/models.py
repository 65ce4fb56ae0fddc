"""Table of Claude's models: their limits, list prices and kinds of thinking. Suggests names for misspelt ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from .price import Price

Thinking: TypeAlias = Literal["adaptive", "enabled", "none"]
"""The kind of thinking that a model takes: the `type` of the request's `thinking`, or none at all."""


@dataclass(frozen=True)
class Model:
    """A model of the Claude API; `None` means "not known" in every field.

    Attributes:
        max_output_tokens: The most tokens that a reply may have; the Batch API has more.
        context_tokens: The most tokens of a request and its reply together.
        price: The list price.
        thinking: The kind of thinking that the model takes.
    """

    max_output_tokens: int | None = None
    context_tokens: int | None = None
    price: Price | None = None
    thinking: Thinking | None = None


_OPUS_5_PRICE = Price(5, 25)
_FABLE_5_PRICE = Price(10, 50)
_FABLE_5_1_PRICE = Price(10, 50, cache_read=0.25)

MODELS: Mapping[str, Model] = {
    "claude-fable-5-2": Model(max_output_tokens=128_000, price=Price(8, 40, cache_read=0.2)),
    "claude-mythos-5-2": Model(),
    "claude-fable-5-1": Model(max_output_tokens=128_000, price=_FABLE_5_1_PRICE),
    "claude-mythos-5-1": Model(price=_FABLE_5_1_PRICE),
    "claude-fable-5": Model(max_output_tokens=128_000, price=_FABLE_5_PRICE),
    "claude-mythos-5": Model(max_output_tokens=128_000, price=_FABLE_5_PRICE),
    "claude-mythos-preview": Model(),
    "claude-opus-5-5": Model(max_output_tokens=128_000, price=Price(4, 20, cache_read=0.2)),
    "claude-opus-5": Model(max_output_tokens=128_000, price=_OPUS_5_PRICE),
    "claude-opus-4-8": Model(max_output_tokens=128_000, price=_OPUS_5_PRICE),
    "claude-opus-4-7": Model(price=_OPUS_5_PRICE),
    "claude-opus-4-6": Model(price=_OPUS_5_PRICE),
    "claude-opus-4-5": Model(price=_OPUS_5_PRICE),
    "claude-sonnet-5-5": Model(max_output_tokens=128_000, price=Price(2, 10, cache_read=0.1)),
    "claude-sonnet-5": Model(max_output_tokens=128_000, price=Price(2, 10)),
    "claude-sonnet-4-6": Model(max_output_tokens=128_000, price=Price(3, 15)),
    "claude-sonnet-4-5": Model(max_output_tokens=64_000, price=Price(3, 15)),
    "claude-haiku-5-5": Model(max_output_tokens=128_000, price=Price(0.1, 0.5, long=(100_000, Price(0.5, 2.5)))),
    "claude-haiku-4-5": Model(max_output_tokens=64_000, price=Price(1, 5)),
}
"""The models that the SDK 2.14 names.

Source of `max_output_tokens`: the models' overviews in the Claude docs (platform.claude.com), read on 2026-11-25.

Source of `price`: "Pricing" and the models' overviews in the same docs, in copies read on 2026-11-25. They are the
list prices of November 2026. The copy of "Pricing" was older than four rows: Haiku 5.5 is from its own overview.
The overviews of Opus 5.5, Sonnet 5.5 and Fable 5.2 had input and output, and their prices of the cache are from
notes of others who read "Pricing" since (that of Sonnet was cut on 2026-10-07). No price was found for Mythos 5.2
and Mythos preview, nor for fast mode, which no row has.

No source for `context_tokens` and `thinking` was read, so they are not known of any model.
"""

_DATE = r"(?:-\d{8}|-latest)?"
_NAME = re.compile(rf"([a-z]+)-([a-z]+)((?:-\d{{1,2}}){{1,2}}{_DATE})")
_DATED = re.compile(rf"(.+?){_DATE}")
_FAMILIES = sorted({name.split("-")[1] for name in MODELS})

CLAUDE_SIMILARITY, FAMILY_SIMILARITY = 0.8, 0.75
"""How similar a word must be to a known one to count as a slip, as a ratio of `difflib`: "claud" is similar (0.91)
and "cloud" is not (0.73); "opsu" is (0.75), and "opal", which may be a family one day, is not (0.5)."""


def find_model(name: str) -> Model:
    """Look up a model by its name, which may end with a date or `-latest`; nothing is known of other names."""
    return MODELS.get(_without_date(name), Model())


def suggest_name(name: str) -> str | None:
    """Suggest a name for one that the Claude API cannot know.

    A name that is not in the table may be newer than the table. So it is refused only for one of three slips: a
    known name with wrong hyphens, dots or capitals, a misspelt "claude", or a misspelt family.

    Returns:
        The name that was probably meant; `None` if `name` may be right.
    """
    base = _without_date(name)
    if base in MODELS:
        return None
    for known in MODELS:
        if _without_separators(base) == _without_separators(known):
            return known + name[len(base) :]
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    claude, family, rest = parts.groups()
    similar_claude = _most_similar(claude, ["claude"], CLAUDE_SIMILARITY)
    similar_family = _most_similar(family, _FAMILIES, FAMILY_SIMILARITY)
    if similar_claude is None or similar_family is None or (similar_claude, similar_family) == (claude, family):
        return None
    return f"{similar_claude}-{similar_family}{rest}"


def _without_date(name: str) -> str:
    dated = _DATED.fullmatch(name)
    return dated[1] if dated else name


def _without_separators(name: str) -> str:
    return re.sub(r"[-._ ]", "", name).lower()


def _most_similar(word: str, words: Iterable[str], cutoff: float) -> str | None:
    return next(iter(get_close_matches(word, list(words), 1, cutoff)), None)
