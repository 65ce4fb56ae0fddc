"""Tests of models: one table of facts, and suggestions for misspelt names."""

from __future__ import annotations

from typing import get_args

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.models import MODELS, Model, find_model, suggest_name, thinking_of
from nbstream.claude.prices import LIST_PRICES


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("claude-opus-48", "claude-opus-4-8"),
        ("claud-opus-4-8", "claude-opus-4-8"),
        ("claude-opus4-8", "claude-opus-4-8"),
        ("claude-opus-4.8", "claude-opus-4-8"),
        ("claude_opus_4_8", "claude-opus-4-8"),
        ("Claude Opus 4.8", "claude-opus-4-8"),
        ("claude-opus-4-8 ", "claude-opus-4-8"),
        ("claude-sonnet-45-20250929", "claude-sonnet-4-5-20250929"),
        ("claude-opsu-4-8", "claude-opus-4-8"),
        ("claude-sonet-5", "claude-sonnet-5"),
        ("claude-sonet-9-9", "claude-sonnet-9-9"),
        ("cluade-hiaku-4-5-latest", "claude-haiku-4-5-latest"),
    ],
)
def test_a_misspelt_name_has_a_suggestion(typed: str, right: str) -> None:
    assert suggest_name(typed) == right
    assert suggest_name(right) is None


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-9",
        "claude-opus-10",
        "claude-sonnet-5-5-20270101",
        "claude-opus-4-8-latest",
        "claude-sonata-1",
        "claude-opal-6",
        "claude-opus",
        "claude-3-5-haiku-20241022",
        "claude-4-opus-20250514",
        "claude-opus-4-8-thinking",
        "claude-opus-4-8[1m]",
        "claude-opus-4@20250514",
        "claude-demo",
        "claude-test",
        "anthropic.claude-opus-4-8-v1:0",
        "us.anthropic.claude-opus-4-8",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-8",
        "anthropic/claude-opus-4.8",
        "cloud-opus-4-8",
        "my-deployment",
        "my-claude-opus-4-8",
        "gpt-5",
        "-20250514",
        "",
    ],
)
def test_a_name_that_may_be_right_has_no_suggestion(name: str) -> None:
    assert suggest_name(name) is None


@pytest.mark.parametrize("name", sorted({*get_args(get_args(anthropic.types.Model)[0]), *MODELS}))
def test_every_name_of_the_sdk_and_of_the_table_has_no_suggestion(name: str) -> None:
    assert suggest_name(name) is None


@given(
    st.sampled_from(["opus", "sonnet", "haiku", "fable", "mythos"]),
    st.integers(6, 40),
    st.none() | st.integers(0, 9),
    st.sampled_from(["", "-20280101", "-latest"]),
)
def test_no_later_version_of_a_family_is_refused(family: str, major: int, minor: int | None, date: str) -> None:
    # 45 to 48 and 51 to 55 are the known versions without their hyphen.
    name = f"claude-{family}-{major}" + ("" if minor is None else f"-{minor}") + date
    assert suggest_name(name) is None


@given(st.text(max_size=30))
def test_a_suggestion_for_any_text_needs_no_suggestion_itself(name: str) -> None:
    right = suggest_name(name)
    assert right is None or suggest_name(right) is None


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("claude-opus-4-8", 128_000),
        ("claude-haiku-4-5", 64_000),
        ("claude-haiku-4-5-20251001", 64_000),
        ("claude-opus-4-7", None),
        ("my-model", None),
        ("", None),
    ],
)
def test_the_limit_of_a_reply_is_known_or_not(name: str, tokens: int | None) -> None:
    assert find_model(name).max_output_tokens == tokens


def test_the_list_prices_are_those_of_the_table() -> None:
    assert {name: model.price for name, model in MODELS.items() if model.price is not None} == LIST_PRICES
    assert set(LIST_PRICES) == set(MODELS) - {"claude-mythos-5-2", "claude-mythos-preview"}


def test_nothing_is_known_of_another_model() -> None:
    assert find_model("my-model") == Model(None, None, None, None)
    assert find_model("claude-opus-4-8-20260528") is MODELS["claude-opus-4-8"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("claude-haiku-4-5", "enabled"),
        ("claude-sonnet-4-5@20250929", "enabled"),
        ("claude-sonnet-5-5", "adaptive"),
        ("us.anthropic.claude-opus-4-6-v1", "adaptive"),
        ("gpt-oss", None),
    ],
)
def test_the_kind_of_thinking_is_known_under_every_platforms_name(name: str, kind: str | None) -> None:
    assert thinking_of(name) == kind
