"""The prompt of each row, by a text and by a function."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.batch.rows.prompts import Prompts
from nbstream.batch.rows.source import read_rows

CITIES = [{"city": "Oslo", "in °C": 5.5}, {"city": "Lima", "in °C": None}]


def made(prompt: Any, rows: Any) -> list[Any]:
    read = read_rows(rows)
    prompts = Prompts.of(prompt, read)
    return [prompts.make(row) for row in range(len(read))]


def test_columns_are_filled_in() -> None:
    assert made("Is {{city}} at {{ in °C }} cold?", CITIES) == ["Is Oslo at 5.5 cold?", "Is Lima at  cold?"]
    assert made("{{row}}{{row}}", ["a", "b"]) == ["aa", "bb"]
    assert made("{{ 7 }}", pd.DataFrame({7: ["x"]})) == ["x"]


def test_missing_values_of_all_libraries_are_empty() -> None:
    values = [None, float("nan"), pd.NA, pd.NaT, Decimal("1.50"), 0, False, ""]
    assert made("<{{a}}>", [{"a": value} for value in values]) == [
        "<>", "<>", "<>", "<>", "<1.50>", "<0>", "<False>", "<>"
    ]  # fmt: skip


def test_a_cell_is_never_read_as_a_template() -> None:
    assert made("Say {{a}}", [{"a": "{{b}} {{a}}", "b": 1}]) == ["Say {{b}} {{a}}"]


@given(st.text(), st.text(alphabet="ab{} \n"))
def test_a_value_stands_in_the_text_as_it_is(value: str, around: str) -> None:
    row = {"some column": value}
    if "{{" not in around and "}}" not in around and not around.endswith("{") and not around.startswith("}"):
        assert made(around + "{{some column}}" + around, [row]) == [around + value + around]


def test_other_braces_are_sent_as_they_are() -> None:
    text = 'Return {"a": {"b": 1}}, \\frac{{1}}{{2}} and {{}} for {{city}}'
    assert made(text, CITIES)[0] == text.replace("{{city}}", "Oslo")


def test_a_file_alone_on_its_line_goes_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    rows = [{"file": path, "name": "A"}]
    assert made("Here is {{name}}:\n{{file}}\nSum it up.", rows) == [["Here is A:", path, "Sum it up."]]
    assert made("{{file}}", rows) == [[path]]
    assert made("Describe {{file}}", rows) == [f"Describe {path}"]


def test_a_function_gets_each_row_once_and_may_fail_for_some() -> None:
    calls: list[Any] = []

    def prompt(row: Any) -> str:
        calls.append(row)
        return f"{row['city']}: {1 / (row['in °C'] or 0):.2f}"

    prompts = Prompts.of(prompt, read_rows(CITIES))
    assert calls == CITIES
    assert prompts.make(0) == "Oslo: 0.18"
    with pytest.raises(ZeroDivisionError):
        prompts.make(1)
    assert prompts.template is None
    assert made(str.upper, ["a"]) == ["A"]


@pytest.mark.parametrize(
    ("prompt", "error", "words"),
    [
        ("Is {{City}} cold?", ValueError, r"\{\{City\}\}.*they have 'city', 'in °C'\. Did you mean \{\{city\}\}"),
        ("Is {{ stadt }} cold?", ValueError, "no such column"),
        ("Is it cold?", ValueError, r"names no column.*write \{\{city\}\}"),
        ("{city}", ValueError, "names no column"),
        ("", ValueError, "names no column"),
        (None, TypeError, "The prompt is NoneType"),
        (["{{city}}"], TypeError, "The prompt is list"),
        (lambda row: row["town"], ValueError, "failed for every row, first with KeyError: 'town'"),
    ],
)
def test_a_prompt_that_fits_no_row_is_refused(prompt: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Prompts.of(prompt, read_rows(CITIES))


def test_an_async_function_is_refused() -> None:
    async def prompt(row: Any) -> str:
        return str(row)

    with pytest.raises(TypeError, match="async"):
        Prompts.of(prompt, read_rows(CITIES))


def test_many_columns_are_not_all_named() -> None:
    with pytest.raises(ValueError, match="and 80 more"):
        Prompts.of("{{zzz}}", read_rows([{f"c{number}": 1 for number in range(100)}]))
