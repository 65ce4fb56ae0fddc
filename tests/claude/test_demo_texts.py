"""The texts of the demo."""

from __future__ import annotations

import pytest

from nbstream.claude.demo_texts import GREETING, SERVER_GREETING


def test_the_greeting_quotes_the_question_and_shows_what_answers_are_made_of() -> None:
    text = GREETING.format(question="Why {x}?")
    assert "You asked: “Why {x}?”" in text
    assert all(mark in text for mark in ("| --- |", "```python", "$$", "x_{\\pi(1)}"))


@pytest.mark.parametrize("text", [GREETING, SERVER_GREETING], ids=["notebook", "server"])
def test_each_says_that_it_is_a_demo_and_how_to_leave_it(text: str) -> None:
    assert "no key, no network" in text
    assert "With a key in `ANTHROPIC_API_KEY`, leave out" in text
