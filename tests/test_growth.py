"""The measure of growth tells work of the square from work in proportion, also with noise in the times."""

from __future__ import annotations

import itertools
import time

import pytest
from growth import grows_with_text


def proportional(text: str) -> None:
    for _ in range(len(text) // 8):
        text.count("b", 0, 100)


def of_the_square(text: str) -> None:
    for at in range(0, len(text), 8):
        text.count("b", at)


@pytest.mark.parametrize(("work", "grows"), [(proportional, True), (of_the_square, False)])
def test_work_of_the_square_is_told_from_work_in_proportion(work: object, grows: bool) -> None:
    assert grows_with_text(work, "a".__mul__, 10_000, 160_000) is grows  # type: ignore[arg-type]


@pytest.mark.parametrize(("exponent", "grows"), [(1.0, True), (2.0, False)])
def test_times_that_are_up_to_six_times_too_long_do_not_count(
    monkeypatch: pytest.MonkeyPatch, exponent: float, grows: bool
) -> None:
    now, noise = [0.0], itertools.cycle([1.0, 6.0, 1.5, 4.0, 3.0])
    monkeypatch.setattr(time, "thread_time", lambda: now[0])

    def run(text: str) -> None:
        now[0] += 0.004 * (len(text) / 1_000) ** exponent * next(noise)

    assert grows_with_text(run, "a".__mul__, 1_000, 16_000) is grows
