"""Names of models: which pass, and which one was meant."""

from __future__ import annotations

from typing import get_args

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.claude.models import max_output, meant
from nbstream.claude.prices import LIST


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
def test_a_slip_is_told_from_the_name_that_was_meant(typed: str, right: str) -> None:
    assert meant(typed) == right
    assert meant(right) is None


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
def test_what_may_be_right_passes(name: str) -> None:
    assert meant(name) is None


@pytest.mark.parametrize("name", sorted({*get_args(get_args(anthropic.types.Model)[0]), *LIST}))
def test_every_name_that_the_sdk_has_and_every_name_with_a_price_passes(name: str) -> None:
    assert meant(name) is None


@given(
    st.sampled_from(["opus", "sonnet", "haiku", "fable", "mythos"]),
    st.integers(6, 40),
    st.none() | st.integers(0, 9),
    st.sampled_from(["", "-20280101", "-latest"]),
)
def test_no_later_version_of_a_family_is_refused(family: str, major: int, minor: int | None, date: str) -> None:
    # 45 to 48 and 51 to 55 are the known versions without their hyphen.
    name = f"claude-{family}-{major}" + ("" if minor is None else f"-{minor}") + date
    assert meant(name) is None


@given(st.text(max_size=30))
def test_any_text_is_judged_and_what_is_proposed_passes(name: str) -> None:
    right = meant(name)
    assert right is None or meant(right) is None


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
def test_how_much_a_model_writes_is_known_or_not(name: str, tokens: int | None) -> None:
    assert max_output(name) == tokens
