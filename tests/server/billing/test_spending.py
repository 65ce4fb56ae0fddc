"""Figures of US dollars by day and caller."""

from __future__ import annotations

import pytest

from nbstream.server.billing.spending import DailyFigures, SingleSpending

pytestmark = pytest.mark.anyio


def test_the_figures_of_the_latest_days_are_kept() -> None:
    figures = DailyFigures()
    for day in ("2026-11-26", "2026-11-27", "2026-11-25", "2026-11-28"):
        figures.set(day, "ada", 1.0)
    assert dict(figures.days) == {"2026-11-27": {"ada": 1.0}, "2026-11-28": {"ada": 1.0}}
    assert figures.get("2026-11-25", "ada") == figures.get("2026-11-28", "eve") == 0.0


async def test_a_sum_is_reserved_as_a_whole_or_not_at_all() -> None:
    spending = SingleSpending()
    assert await spending.reserve("d", "ada", 0.7, 1.0)
    assert not await spending.reserve("d", "ada", 0.31, 1.0)
    # 0.7 + 0.1 + 0.2 is a little more than 1 to a computer.
    assert await spending.reserve("d", "ada", 0.1, 1.0)
    assert await spending.reserve("d", "ada", 0.2, 1.0)
    assert await spending.reserve("d", "eve", 1.0, 1.0)
    spending.change("d", "ada", -0.5)
    await spending.refresh("d", "ada")
    assert spending.known_usd("d", "ada") == pytest.approx(0.5)
    assert spending.of_this_worker("another day") == {}
