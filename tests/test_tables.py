"""Tables as a data scientist has them, and how Claude reads them."""

from __future__ import annotations

import pandas
import polars
import pytest

from nbstream.tables import as_markdown, is_told

COLUMNS = {"city": ["Bern", "Rome|x", "Oslo"], "heat": [0.1 + 0.2, float("nan"), 21.5]}


def test_a_pandas_table_is_told_with_its_shape_and_types() -> None:
    frame = pandas.DataFrame(COLUMNS).astype({"city": "object"})
    assert as_markdown(frame) == (
        "pandas DataFrame, 3 rows × 2 columns (city: object, heat: float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_a_polars_table_is_told_alike() -> None:
    assert as_markdown(polars.DataFrame(COLUMNS)) == (
        "polars DataFrame, 3 rows × 2 columns (city: String, heat: Float64)\n\n"
        "| city | heat |\n| --- | --- |\n| Bern | 0.3 |\n| Rome\\|x | nan |\n| Oslo | 21.5 |"
    )


def test_what_rows_are_called_stands_before_them_and_is_no_column() -> None:
    frame = pandas.DataFrame({"n": range(2)}, index=pandas.Index(["a", "b"], name="key"))
    assert as_markdown(frame) == (
        "pandas DataFrame, 2 rows × 1 column (n: int64)\n\n| key | n |\n| --- | --- |\n| a | 0 |\n| b | 1 |"
    )
    pairs = frame.set_index(pandas.MultiIndex.from_tuples([("x", 1), ("y", 2)]))
    assert "| ,  | n |" in str(as_markdown(pairs))
    assert "| y, 2 | 1 |" in str(as_markdown(pairs))


@pytest.mark.parametrize("library", [pandas, polars])
def test_of_a_large_table_the_first_rows_and_columns_go(library: object) -> None:
    frame = library.DataFrame({f"c{number}": range(1_000) for number in range(40)})
    text = str(as_markdown(frame))
    assert f"{library.__name__} DataFrame, 1,000 rows × 40 columns (c0: " in text
    assert "| 49 | 49 |" in text
    assert "… 950 of 1,000 rows and 10 of 40 columns left out: c30, c31," in text
    assert len(text.splitlines()) == 2 + 2 + 50 + 2


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_series_is_a_table_of_one_column(library: object) -> None:
    text = str(as_markdown(library.Series([1, 2], name="n") if library is pandas else library.Series("n", [1, 2])))
    assert text.startswith(f"{library.__name__} Series, 2 rows × 1 column (n: ")
    assert text.endswith("| n |\n| --- |\n| 1 |\n| 2 |")


@pytest.mark.parametrize("library", [pandas, polars])
def test_an_empty_table_is_told_by_its_shape(library: object) -> None:
    assert as_markdown(library.DataFrame()) == f"{library.__name__} DataFrame, 0 rows × 0 columns"


def test_what_is_missing_is_an_empty_cell_or_nan() -> None:
    frame = pandas.DataFrame({"a": pandas.Series([None, float("nan")], dtype="object")})
    assert "|  |\n| nan |" in str(as_markdown(frame))
    assert "|  |\n| 1 |" in str(as_markdown(polars.DataFrame({"a": [None, 1]})))


def test_columns_may_have_the_same_name_or_several() -> None:
    frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    assert "| a | a |\n| --- | --- |\n| 1 | 2 |" in str(as_markdown(frame))
    assert "| x, y |" in str(as_markdown(pandas.DataFrame({("x", "y"): [1]})))


def test_anything_else_is_no_table() -> None:
    assert as_markdown([1, 2]) is None
    assert as_markdown("| a |") is None


def test_what_was_made_of_a_table_is_known_again() -> None:
    for value in (
        pandas.DataFrame({"a": [1]}),
        pandas.Series([1, 2], name="b"),
        polars.DataFrame({"a": range(2_000)}),
    ):
        assert is_told(as_markdown(value) or "")
    assert not is_told("pandas DataFrame, please")
