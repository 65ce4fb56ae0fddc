"""Both cores joined by a bad link: no text is lost or duplicated, and nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from core.joined import Pages, Run

from nbstream.core.page_state import PageState

RUNS = 10_000
SHARES = 8
"""Tests among which the runs are divided, so that several workers share them."""
MAX_RUNS_IN_STEP = 200
"""Number of runs in step. One line to Node and one line back carry a step of each."""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    pages = Pages(tmp_path)
    yield pages
    pages.close()


class Group:
    """Runs that advance in step."""

    def __init__(self, seeds: Iterator[int], pages: Pages) -> None:
        self._seeds = seeds
        self._pages = pages
        self._stepped: list[tuple[Run, int]] = []
        self._runs: list[Run] = []
        self.ended = 0

    def start(self) -> None:
        """Start a step of each run, up to the work of the pages."""
        self._runs += [Run(seed) for seed in islice(self._seeds, MAX_RUNS_IN_STEP - len(self._runs))]
        self._stepped = []
        inputs: list[dict[str, Any]] = []
        for run in self._runs:
            with named(run):
                steps = run.steps()
            self._stepped.append((run, len(steps)))
            inputs += steps
        if self._runs:
            self._pages.send(inputs)

    def finish_step(self) -> bool:
        """Finish the step and start the next one. Return whether any run is left."""
        if self._stepped:
            answers = iter(self._pages.answers())
            for run, steps in self._stepped:
                with named(run):
                    run.receive(list(islice(answers, steps)))
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
def test_ten_thousand_runs_over_a_bad_link_lose_and_duplicate_nothing(pages: Pages, share: int) -> None:
    seeds = range(RUNS)[share::SHARES]
    # Two groups: the pages of one work in their process while the kernels of the other work here.
    waiting = iter(seeds)
    groups = Group(waiting, pages), Group(waiting, pages)
    for group in groups:
        group.start()
    while sum(group.finish_step() for group in groups):
        pass
    assert sum(group.ended for group in groups) == len(seeds)


def test_the_state_of_a_page_is_only_numbers_and_its_way() -> None:
    assert {f.type for f in fields(PageState)} <= {"int", "float", "bool", "Via | None"}
