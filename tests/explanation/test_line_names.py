"""The names of the failing line, and the versions of packages."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import numpy
import pandas
import pytest

from nbstream.explanation.line_names import describe_names, imported_packages, names_in, packages_of, versions_of
from nbstream.explanation.traceback_text import failing_cell, innermost

from .failing import cell, failed


def described(source: str, names: dict[str, Any] | None = None) -> list[str]:
    with failed(source, names) as error:
        place = innermost(error)
        assert place is not None
        return list(describe_names(names_in(place), vars(builtins)))


def test_the_names_of_the_failing_line_have_types_and_shapes() -> None:
    source = "unused = 1\ndf.merge(\n    other,\n    on=column,\n)"
    names = {"df": pandas.DataFrame({"a": [1]}), "other": pandas.DataFrame({"b": [1, 2]}), "column": "hidden"}
    assert described(source, names) == [
        "- `df`: pandas.DataFrame, 1 × 1",
        "- `other`: pandas.DataFrame, 2 × 1",
        "- `column`: str, 6 characters",
    ]


def test_a_missing_name_is_said_and_pythons_own_are_left_out() -> None:
    assert described("print(len(missing))") == ["- `missing`: not defined"]


def test_local_names_come_before_global_ones() -> None:
    assert described("x = 'global'\ndef f(x):\n    return x / 0\nf(1)") == ["- `x`: int"]


def test_names_in_a_mapping_of_the_users_own_are_not_looked_up() -> None:
    class Names(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return {"x": 1}[name]

        def __contains__(self, name: object) -> bool:
            raise AssertionError

    with cell("x / 0") as name:
        try:
            exec(compile("x / 0", name, "exec"), {}, Names())
        except ZeroDivisionError as error:
            place = innermost(error)
            assert place is not None
            assert list(describe_names(names_in(place), ())) == ["- `x`: not defined"]


def test_a_syntax_error_and_a_lost_source_have_no_names() -> None:
    with failed("x = (") as error:
        assert names_in(failing_cell(error)) == {}  # type: ignore[arg-type]
    with failed("x = 1 / 0") as error:
        place = failing_cell(error)
    assert place is not None
    assert names_in(place) == {}


def test_packages_come_from_imports_and_from_types() -> None:
    with cell("import pandas as pd, os.path\nfrom numpy.linalg import norm\nfrom . import x") as name:
        assert list(imported_packages(name)) == ["pandas", "os", "numpy"]
    with cell("def broken(") as name:
        assert list(imported_packages(name)) == []
    odd = type(sys)("odd")
    odd.__name__ = 3  # type: ignore[assignment]
    assert list(packages_of([numpy.zeros(1), pandas, 3, odd])) == ["numpy", "pandas", "builtins", ""]


def test_versions_are_of_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(versions_of(["pandas", "numpy", "json", "", "__main__", "no_such_package", "pluggy"]))
    assert found[:2] == [f"numpy {numpy.__version__}", f"pandas {pandas.__version__}"]
    assert [each.split()[0] for each in found] == ["numpy", "pandas", "pluggy"]
    monkeypatch.setitem(sys.modules, "beside", type(sys)("beside"))
    assert list(versions_of(["beside"])) == []
