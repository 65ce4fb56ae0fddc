"""Table of Claude's models with limits, list prices and kinds of thinking. It also corrects misspelt names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from .price import Price

CLAUDE_API_HOST = "api.anthropic.com"
"""The host of the Claude API. Only there are the names of all models known, and only it is known to send pings."""

DEMO_MODEL = "nbstream-demo"
"""The name of the model that answers in `demo.py`."""

Thinking: TypeAlias = Literal["adaptive", "enabled", "none"]
"""The kind of thinking that a model supports: the `type` in a request's `thinking` field, or "none" for a model
without thinking."""


@dataclass(frozen=True)
class Model:
    """A model of the Claude API; `None` means "not known" in every field.

    Attributes:
        max_output_tokens: The most tokens that a reply may have; the Batch API allows more.
        context_tokens: The most tokens of a request and its reply together.
        price: The list price.
        thinking: The kind of thinking that the model supports.
    """

    max_output_tokens: int | None = None
    context_tokens: int | None = None
    price: Price | None = None
    thinking: Thinking | None = None


_MILLION_TOKENS = 1_000_000
_OPUS_5_PRICE = Price(5, 25)
_FABLE_5_PRICE = Price(10, 50)
_FABLE_5_1_PRICE = Price(10, 50, cache_read=0.25)

MODELS: Mapping[str, Model] = {
    "claude-fable-5-2": Model(max_output_tokens=128_000, price=Price(8, 40, cache_read=0.2), thinking="adaptive"),
    "claude-mythos-5-2": Model(thinking="adaptive"),
    "claude-fable-5-1": Model(max_output_tokens=128_000, price=_FABLE_5_1_PRICE, thinking="adaptive"),
    "claude-mythos-5-1": Model(price=_FABLE_5_1_PRICE, thinking="adaptive"),
    "claude-fable-5": Model(
        max_output_tokens=128_000, price=_FABLE_5_PRICE, context_tokens=_MILLION_TOKENS, thinking="adaptive"
    ),
    "claude-mythos-5": Model(max_output_tokens=128_000, price=_FABLE_5_PRICE, thinking="adaptive"),
    "claude-mythos-preview": Model(thinking="adaptive"),
    "claude-opus-5-5": Model(max_output_tokens=128_000, price=Price(4, 20, cache_read=0.2), thinking="adaptive"),
    "claude-opus-5": Model(max_output_tokens=128_000, price=_OPUS_5_PRICE, thinking="adaptive"),
    "claude-opus-4-8": Model(
        max_output_tokens=128_000, price=_OPUS_5_PRICE, context_tokens=_MILLION_TOKENS, thinking="adaptive"
    ),
    "claude-opus-4-7": Model(price=_OPUS_5_PRICE, context_tokens=_MILLION_TOKENS, thinking="adaptive"),
    "claude-opus-4-6": Model(price=_OPUS_5_PRICE, context_tokens=_MILLION_TOKENS, thinking="adaptive"),
    "claude-opus-4-5": Model(price=_OPUS_5_PRICE, context_tokens=200_000, thinking="enabled"),
    "claude-sonnet-5-5": Model(max_output_tokens=128_000, price=Price(2, 10, cache_read=0.1), thinking="adaptive"),
    "claude-sonnet-5": Model(max_output_tokens=128_000, price=Price(2, 10), thinking="adaptive"),
    "claude-sonnet-4-6": Model(
        max_output_tokens=128_000, price=Price(3, 15), context_tokens=_MILLION_TOKENS, thinking="adaptive"
    ),
    "claude-sonnet-4-5": Model(
        max_output_tokens=64_000, price=Price(3, 15), context_tokens=200_000, thinking="enabled"
    ),
    "claude-haiku-5-5": Model(
        max_output_tokens=128_000, price=Price(0.1, 0.5, long=(100_000, Price(0.5, 2.5))), thinking="adaptive"
    ),
    "claude-haiku-4-5": Model(
        max_output_tokens=64_000, price=Price(1, 5), context_tokens=200_000, thinking="enabled"
    ),
}
"""The models that version 2.14 of the SDK names.

Source of `max_output_tokens`: the models' overviews in the Claude docs (platform.claude.com), read on 2026-11-25.

Source of `price`: "Pricing" and the models' overviews in the same docs, in copies read on 2026-11-25. They are the
list prices of November 2026. The copy of "Pricing" was too old to list four of these models. The price of Haiku
5.5 is from the overview of that model. The overviews of Opus 5.5, Sonnet 5.5 and Fable 5.2 gave the prices of
input and output. The cache prices of these three are from notes of other people who have read "Pricing" since then
(the cache price of Sonnet was cut on 2026-10-07). No price was found for Mythos 5.2, for Mythos preview or for
fast mode, so the table has none for them.

Sources of `thinking`: "Adaptive thinking" in the Amazon Bedrock user guide, and answers of the Claude API that
other people measured in 2026. Models since 4.6 take "adaptive", and models since 4.7 take nothing else. Models of
version 4.5 refuse "adaptive" with status 400, and take "enabled" with a budget.

Sources of `context_tokens`: copies of the models' overview in the Claude docs, and lists of models that other
people keep, read on 2026-11-30. Sonnet 4.5 has a larger window only with a beta header. No source was found for
the other models, so theirs is unknown.
"""

_DATE = r"(?:-\d{8}|-latest)?"
_NAME = re.compile(rf"([a-z]+)-([a-z]+)((?:-\d{{1,2}}){{1,2}}{_DATE})")
_DATED = re.compile(rf"(.+?){_DATE}")
_FAMILIES = sorted({name.split("-")[1] for name in MODELS})

CLAUDE_SIMILARITY, FAMILY_SIMILARITY = 0.8, 0.75
"""Similarity from which a word counts as a misspelt "claude" or as a misspelt family, as a ratio of `difflib`.
"claud" is similar enough to "claude" (0.91), and "cloud" is not (0.73). "opsu" is similar enough to "opus" (0.75),
and "opal", which may be the name of a family one day, is not (0.5)."""


def find_model(name: str) -> Model:
    """Look up a model by its name, with or without a date or `-latest`; an unknown one gives an empty `Model`."""
    return MODELS.get(_without_date(name), Model())


def thinking_of(name: str) -> Thinking | None:
    """Return a model's kind of thinking, by the model's name on any platform; `None` if it is unknown."""
    known = [model for model in MODELS if model in name]
    return MODELS[max(known, key=len)].thinking if known else None


def suggest_name(name: str) -> str | None:
    """Suggest the right name if the name of a model is misspelt.

    A name that is not in the table may be newer than the table. So only three kinds of mistakes count: a known
    name with wrong hyphens, dots or capitals, a misspelt "claude", and a misspelt family.

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
