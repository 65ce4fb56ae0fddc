"""The app's options: each one is checked when the app is created."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.server import Limits, create_app


@pytest.mark.parametrize(
    "wrong",
    [
        {"resume_for": -1},
        {"resume_for": float("inf")},
        {"resume_for": "30"},
        {"model": "claude-opus-4.8"},
        {"max_tokens": 0},
        {"client": 5},
        {"approve": "ask"},
        {"on_end": "print"},
        {"root_path": "chat"},
        {"root_path": "/chat?x"},
        {"allow_headers": "traceparent"},
        {"allow_headers": ["*", "a b"]},
    ],
)
def test_wrong_options_are_refused_when_the_app_is_created(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
        create_app(**wrong)


def test_dollars_that_pay_for_no_question_with_the_apis_own_tools_are_refused_when_the_app_is_created() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 1}
    with pytest.raises(ValueError, match=r"dollars_per_day is 5, .* may read 1,000,000 tokens"):
        create_app(tools=[search], limits=Limits(dollars_per_day=5))
    create_app(tools=[search], limits=Limits(dollars_per_day=20))
    create_app(tools=[search])
