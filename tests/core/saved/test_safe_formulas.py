"""Tests of the rules for formulas; `test_safe_markdown.py` tests them in whole texts."""

from __future__ import annotations

import pytest

from nbstream.core.saved.safe_formulas import MAX_FORMULAS, has_active_macro, math_is_balanced


@pytest.mark.parametrize(
    "formula", [r"\href {x}", r"\\\style{a}{b}", r"\unicode[a]{1}", r"\bbox[a:b]{c}", r"\def\a{b}"]
)
def test_active_macros_are_found(formula: str) -> None:
    assert has_active_macro(formula)


@pytest.mark.parametrize("formula", [r"\frac{a}{b}", r"a\\data", r"\unicode{65}", r"\bbox[red]{c}", r"\define"])
def test_other_macros_are_not_active(formula: str) -> None:
    assert not has_active_macro(formula)


def test_formulas_are_balanced_that_end_in_the_paragraph() -> None:
    assert math_is_balanced("$$a$$ and $$b$$")
    assert math_is_balanced("$$\na\n$$")
    assert not math_is_balanced("$$a")
    assert not math_is_balanced(r"$$\begin{a}$$")
    assert not math_is_balanced("$$a$$\n" * MAX_FORMULAS)
