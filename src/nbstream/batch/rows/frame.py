"""Frame of a run: the user's rows with the columns of the results, in the library that the rows came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .source import RowKind, Rows

NO_LIBRARY = (
    "batch.frame needs pandas or polars, and neither is installed: pip install pandas. batch.results and "
    "batch.errors need nothing more."
)


def make_frame(rows: Rows, results: Mapping[str, Sequence[Any]]) -> Any:
    """Return the rows with the columns of the results.

    Args:
        rows: The rows. The index and the types of their columns stay.
        results: The values of each new column; `None` where a row has no result.

    Returns:
        A frame of the library that the rows came from. Dicts and texts get one of pandas, or else of polars.

    Raises:
        ImportError: The rows were dicts or texts, and neither library is installed.
    """
    if rows.kind is RowKind.PANDAS:
        return _with_pandas(rows.source.copy(), results)
    if rows.kind is RowKind.POLARS:
        return _with_polars(rows.source, results)
    columns = dict(zip(rows.columns, rows.values, strict=True))
    try:
        import pandas
    except ImportError:
        pass
    else:
        return _with_pandas(pandas.DataFrame({name: list(values) for name, values in columns.items()}), results)
    try:
        import polars
    except ImportError as error:
        raise ImportError(NO_LIBRARY) from error
    series = [polars.Series(name, list(values), strict=False) for name, values in columns.items()]
    return _with_polars(polars.DataFrame(series), results)


def _with_pandas(frame: Any, results: Mapping[str, Sequence[Any]]) -> Any:
    import pandas

    for name, values in results.items():
        kinds = {type(value) for value in values if value is not None}
        dtype: Any = None
        if any(value is None for value in values):
            # Without these types, a missing value would turn 1 into 1.0 and True into an object.
            dtype = {frozenset({int}): "Int64", frozenset({bool}): "boolean"}.get(frozenset(kinds))
        if kinds & {list, dict}:
            dtype = object
        frame[name] = pandas.Series(list(values), index=frame.index, dtype=dtype)
    return frame


def _with_polars(frame: Any, results: Mapping[str, Sequence[Any]]) -> Any:
    import polars

    return frame.with_columns(
        [polars.Series(name, list(values), strict=False) for name, values in results.items()]
    )
