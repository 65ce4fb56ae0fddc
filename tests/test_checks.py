"""What is refused before anything is sent, and what is let through."""

from __future__ import annotations

from typing import Any

import pytest

import nbstream
from nbstream.checks import check_budget

OPUS = {"model": "claude-opus-4-8"}


@pytest.mark.parametrize("budget", [None, 1, 0.001])
def test_a_budget_in_dollars_passes(budget: float | None) -> None:
    check_budget(budget, OPUS)


@pytest.mark.parametrize(
    ("budget", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("inf"), ValueError),
        (float("nan"), ValueError),
        (True, TypeError),
        ("1", TypeError),
    ],
)
def test_a_budget_that_is_none_is_refused(budget: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"budget is .*US dollars"):
        check_budget(budget, OPUS)


def test_a_budget_without_a_price_is_refused_with_the_line_that_adds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    check_budget(None, {"model": "my-model"})
    with pytest.raises(ValueError, match=r"nbstream\.prices\['my-model'\] = nbstream\.Price.*leave budget out"):
        check_budget(1, {"model": "my-model"})
    with pytest.raises(ValueError, match=r"speed='fast'.*leave speed out"):
        check_budget(1, {**OPUS, "speed": "fast"})
    monkeypatch.setitem(nbstream.prices, "my-model", nbstream.Price(1, 1))
    check_budget(1, {"model": "my-model"})
