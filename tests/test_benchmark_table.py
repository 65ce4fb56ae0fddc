"""The table of `make bench`: its goals, and that the documentation has exactly the table of the saved run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from table_rows import BEGIN, END, ROWS, Judgement, Row, as_markdown, as_text, judge, put_into  # noqa: E402
from ways import LOADS, TAG_EVERY, mixed  # noqa: E402


def row_of(title: str, load: str) -> Row:
    return next(row for row in ROWS if (row.title, row.load) == (title, load))


def test_the_documentation_has_exactly_the_table_of_the_saved_run() -> None:
    saved = ROOT / "benchmarks" / "results.json"
    results = json.loads(saved.read_text("utf-8")) if saved.exists() else None
    page = (ROOT / "docs" / "measurements.md").read_text("utf-8")
    assert page == put_into(page, as_markdown(results))
    assert page.count(BEGIN) == page.count(END) == 1
    assert results is None or [judged.row for judged in judge(results)] == list(ROWS)


@pytest.mark.parametrize(
    ("title", "load", "others", "most"),
    [
        ("kernel CPU, s", "W2", {"floor": 2.0, "print": 9.0}, 2.2),
        ("page main thread CPU, s", "W3", {"floor": 0.2}, 0.5),
        ("latency p95, s", "W1, after a pause", {"floor": 0.01}, 0.15),
        ("latency p95, s", "W4", {"floor": 0.1}, 0.12),
        ("tasks over 50 ms", "W3", {"floor": 0.0}, 0.0),
        ("longest task, ms", "W4", {"floor": 0.0}, 100.0),
        ("last token to last pixel, s", "W3", {"floor": 0.3}, 0.5),
        ("bytes to the page over the answer's", "W1", {"floor": 27.0}, 10.0),
        ("growth of the saved notebook, kB", "W2", {"text": 10.0}, 14.0),
        ("typing p95 beside W4, ms", "", {"idle": 50.0}, 60.0),
        ("first answer in a fresh kernel, s", "", {"print": 3.0}, 3.0),
        ("import over anywidget, ms", "", {}, 30.0),
    ],
)
def test_a_goal_is_met_up_to_its_limit_and_missed_beyond(
    title: str, load: str, others: dict[str, float], most: float
) -> None:
    row = row_of(title, load)
    step = 10**-row.digits
    assert Judgement(row, {**others, "nbstream": most}).is_met
    assert not Judgement(row, {**others, "nbstream": most + step}).is_met


def results_of(figures: dict[str, Any]) -> dict[str, Any]:
    return {"load": [1.25, 2.0], "rounds": 3, "figures": figures}


def test_the_table_has_the_medians_with_the_goals_and_verdicts() -> None:
    results = results_of(
        {
            "kernel CPU, s": {"W2": {"nbstream": [1.0, 9.0, 2.0], "floor": [2.0, 2.1, 1.9], "print": [3.0]}},
            "growth of the saved notebook, kB": {"W2": {"nbstream": [51.0], "print": [44.0], "text": [40.0]}},
        }
    )
    assert as_markdown(results).splitlines()[9:-1] == [
        "Medians of 3, load of the machine 1.2 at the beginning and 2.0 at the end:",
        "",
        "| measure | nbstream | floor | print | goal | |",
        "| --- | --: | --: | --: | --- | --- |",
        "| kernel CPU, s, W2 | 2.00 | 2.00 | 3.00 | ≤ 1.1 × floor | met |",
        "| growth of the saved notebook, kB, W2 | 51.0 | – | 44.0 | ≤ 1.2 × text + 2 kB (text 40.0) | MISSED |",
    ]
    assert "growth of the saved notebook, kB, W2      51.0      –   44.0" in as_text(results)


def test_a_table_is_put_between_its_markers_only() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_into(page, f"{BEGIN}\nnew\n{END}") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert put_into(page, as_markdown(None)) == f"before\n{BEGIN}\n{END}\nafter\n"
    with pytest.raises(ValueError, match="no place for the table"):
        put_into("a page without markers", "new")


@pytest.mark.parametrize("load", LOADS)
def test_every_answer_says_its_numbers_and_is_as_long_as_it_says(load: str) -> None:
    pieces = mixed(LOADS[load].tokens)
    assert len(pieces) == LOADS[load].tokens
    tagged = [n for n, piece in enumerate(pieces) if f"w{n}x" in piece]
    assert tagged == list(range(0, len(pieces), TAG_EVERY))
    pause = LOADS[load].pause_every
    assert pause is None or pause % TAG_EVERY == 0
