"""Rows of the table of `benchmarks/table.py`: what each figure means, its goal, and whether the goal is met.

The figures are those of one run, saved as `benchmarks/results.json`:

    {"load": [1.2, 1.4], "rounds": 3, "figures": {"kernel CPU, s": {"W2": {"nbstream": [2.5, …], "floor": […]}}}}

`as_markdown` makes the table of the documentation from them, and `tests/test_benchmark_table.py` holds it to that.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SECTION = """
### Beside the loops that people write by hand

The same answer in three ways in one JupyterLab. *floor* is a bare anywidget that appends raw text ten times a
second, with the API's events parsed by hand; *print* is `print` over the SDK's stream. W1 is 1,000 tokens at 50 a
second, W2 8,000 of mixed Markdown at 400, W3 16,000 as fast as the server sends, W4 64,000 at 2,000. The bytes are
all that the page's websocket gets for the cell, with Jupyter's own messages; the page's code is there before.
"""

Figures = Mapping[str, float]
"""The median of each way."""

BEGIN, END = "<!-- begin of the table of make bench -->", "<!-- end of the table of make bench -->"


@dataclass(frozen=True)
class Goal:
    """What nbstream's figure is at most, given those of the other ways."""

    words: str
    limit: Callable[[Figures], float]


def _times(factor: float, way: str = "floor") -> Goal:
    return Goal(f"≤ {factor:g} × {way}", lambda figures: factor * figures[way])


def _most(limit: float, unit: str = "") -> Goal:
    return Goal(f"≤ {limit:g}{unit}", lambda _: limit)


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        title: The figure with its unit.
        load: The answer that it is measured with; empty where there is none.
        goal: What it is at most.
        digits: How many digits are written after the point.
    """

    title: str
    load: str
    goal: Goal
    digits: int = 2


ROWS = (
    *(Row("kernel CPU, s", load, _times(1.1)) for load in ("W2", "W3", "W4")),
    *(
        Row("page main thread CPU, s", load, _times(factor))
        for load, factor in (("W2", 1.5), ("W3", 2.5), ("W4", 1.5))
    ),
    Row("latency p95, s", "W1, after a pause", _most(0.15), 3),
    *(Row("latency p95, s", load, _times(1.2), 3) for load in ("W2", "W4")),
    *(
        Row("tasks over 50 ms", load, Goal("≤ floor", lambda figures: figures["floor"]), 0)
        for load in ("W3", "W4")
    ),
    *(Row("longest task, ms", load, _most(100), 0) for load in ("W3", "W4")),
    Row("last token to last pixel, s", "W3", Goal("≤ floor + 0.2", lambda figures: figures["floor"] + 0.2)),
    *(
        Row("bytes to the page over the answer's", load, _most(most), 1)
        for load, most in (("W1", 10), ("W2", 2.5))
    ),
    Row(
        "growth of the saved notebook, kB",
        "W2",
        Goal("≤ 1.2 × text + 2 kB", lambda figures: 1.2 * figures["text"] + 2),
        1,
    ),
    Row("typing p95 beside W4, ms", "", _times(1.2, "idle"), 0),
    Row("first answer in a fresh kernel, s", "", Goal("≤ print", lambda figures: figures["print"])),
    Row("import over anywidget, ms", "", _most(30), 0),
)

COLUMNS = ("nbstream", "floor", "print")


@dataclass(frozen=True)
class Judgement:
    """A row with its medians."""

    row: Row
    medians: Figures

    @property
    def is_met(self) -> bool:
        """Whether nbstream's figure, as it is written, is within the goal."""
        digits = self.row.digits
        return round(self.medians["nbstream"], digits) <= round(self.row.goal.limit(self.medians), digits)

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "MISSED"

    def written(self, way: str) -> str:
        """Return a way's figure as text; a dash where it was not measured."""
        return f"{self.medians[way]:.{self.row.digits}f}" if way in self.medians else "–"

    @property
    def others(self) -> str:
        """The figures of other ways that the goal names."""
        names = [way for way in self.medians if way not in COLUMNS]
        return ", ".join(f"{way} {self.written(way)}" for way in names)


def judge(results: Mapping[str, Any]) -> list[Judgement]:
    """Return the rows for which a run has figures."""
    judged = []
    for row in ROWS:
        rounds = results["figures"].get(row.title, {}).get(row.load)
        if rounds:
            judged.append(Judgement(row, {way: statistics.median(all_) for way, all_ in rounds.items()}))
    return judged


def _cells(judged: Judgement) -> list[str]:
    row = judged.row
    title = f"{row.title}, {row.load}" if row.load else row.title
    goal = row.goal.words + (f" ({judged.others})" if judged.others else "")
    return [title, *(judged.written(way) for way in COLUMNS), goal, judged.verdict]


def _heading(results: Mapping[str, Any]) -> str:
    first, last = results["load"]
    rounds = results["rounds"]
    of = f"medians of {rounds}" if rounds > 1 else "one round"
    return f"{of}, load of the machine {first:.1f} at the beginning and {last:.1f} at the end"


def as_text(results: Mapping[str, Any]) -> str:
    """Return the table for a terminal."""
    rows = [["", *COLUMNS, "goal", ""], *map(_cells, judge(results))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join([_heading(results), *(_line(row, widths) for row in rows)])


def _line(row: Iterable[str], widths: list[int]) -> str:
    title, *figures, goal, verdict = row
    parts = [title.ljust(widths[0]), *(f.rjust(w) for f, w in zip(figures, widths[1:-2], strict=True))]
    return "  ".join([*parts, goal.ljust(widths[-2]), verdict]).rstrip()


def as_markdown(results: Mapping[str, Any] | None) -> str:
    """Return the section of the documentation with the table, between its markers; without a run it is empty."""
    if results is None:
        return f"{BEGIN}\n{END}"
    head = ["measure", *COLUMNS, "goal", ""]
    lines = [head, ["---", *["--:"] * len(COLUMNS), "---", "---"], *map(_cells, judge(results))]
    table = "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)
    return f"{BEGIN}\n{SECTION}\n{_heading(results).capitalize()}:\n\n{table}\n{END}"


def put_into(page: str, section: str) -> str:
    """Return a page with its section replaced."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no place for the table; write {BEGIN} and {END} into it.")
    return before + section + after
