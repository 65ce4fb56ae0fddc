"""Both cores joined by a bad link: nothing is lost, nothing is doubled, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from core.joined import Pages, Run
from coverage import Coverage

from nbstream.core.outbox import PageState

RUNS = 10_000
SHARES = 8
"""Tests among which the runs are divided, so that several workers share them."""
AT_ONCE = 200
"""Runs in step: a line to Node and back carries a step of each."""


@pytest.fixture
def uncounted() -> Iterator[None]:
    """Coverage looks away: the tracer takes as long again, and the other tests run each of these lines."""
    counting = Coverage.current()
    if counting:
        counting.stop()
    yield
    if counting:
        counting.start()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    pages = Pages(tmp_path)
    yield pages
    pages.close()


class Group:
    """Runs in step."""

    def __init__(self, seeds: Iterator[int], pages: Pages) -> None:
        self._seeds = seeds
        self._pages = pages
        self._stepped: list[tuple[Run, int]] = []
        self._runs: list[Run] = []
        self.ended = 0

    def start(self) -> None:
        """A step of each, up to where the pages take theirs."""
        self._runs += [Run(seed) for seed in islice(self._seeds, AT_ONCE - len(self._runs))]
        self._stepped = []
        given: list[dict[str, Any]] = []
        for run in self._runs:
            with named(run):
                steps = run.steps()
            self._stepped.append((run, len(steps)))
            given += steps
        if self._runs:
            self._pages.send(given)

    def go_on(self) -> bool:
        """The rest of the step, and the next one's start; whether there is one."""
        if self._stepped:
            answers = iter(self._pages.answers())
            for run, steps in self._stepped:
                with named(run):
                    run.hear(list(islice(answers, steps)))
        self.ended += sum(run.over for run in self._runs)
        self._runs = [run for run in self._runs if not run.over]
        self.start()
        return bool(self._runs)


@contextmanager
def named(run: Run) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"in round {run.rounds} of Run({run.seed})")
        raise


@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize("share", range(SHARES))
def test_ten_thousand_runs_over_a_bad_link_lose_and_double_nothing(pages: Pages, share: int) -> None:
    seeds = range(RUNS)[share::SHARES]
    # Two groups: the pages of one are busy in their process while the kernels of the other are busy here.
    waiting = iter(seeds)
    groups = Group(waiting, pages), Group(waiting, pages)
    for group in groups:
        group.start()
    while sum(group.go_on() for group in groups):
        pass
    assert sum(group.ended for group in groups) == len(seeds)


def test_what_a_page_costs_the_kernel_is_numbers() -> None:
    assert {f.type for f in fields(PageState)} <= {"int", "float", "bool"}
