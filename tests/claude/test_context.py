"""How full a model's context window is: told from half on, for models whose window is known."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.claude.context import context_percent


@pytest.mark.parametrize(
    ("model", "usage", "percent"),
    [
        ("claude-haiku-4-5", {"input_tokens": 99_999}, None),
        ("claude-haiku-4-5", {"input_tokens": 100_000}, 50),
        ("claude-haiku-4-5-20251001", {"input_tokens": 9, "cache_read_input_tokens": 150_000}, 75),
        ("claude-haiku-4-5", {"cache_creation_input_tokens": 100_000, "output_tokens": 90_000}, 95),
        ("claude-haiku-4-5", {"input_tokens": 250_000, "output_tokens": None}, 100),
        ("claude-opus-4-8", {"input_tokens": 250_000}, None),
        ("claude-mine", {"input_tokens": 250_000}, None),
    ],
)
def test_the_prompt_with_its_cache_and_the_answer_fill_the_window(
    model: str, usage: dict[str, Any], percent: int | None
) -> None:
    assert context_percent(model, usage) == percent
