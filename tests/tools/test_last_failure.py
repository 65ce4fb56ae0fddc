"""The last exception of a tool, and whether it is later than the last one of a cell."""

from __future__ import annotations

import sys

import pytest

from nbstream.tools import last_failure as module
from nbstream.tools.last_failure import last_failure, record_failure, shown_error


@pytest.fixture(autouse=True)
def nothing_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_last", None)
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)


def test_the_tools_exception_counts_until_a_cell_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert last_failure(shown_error()) is shown_error() is None
    error = ValueError("in the tool")
    record_failure(error)
    assert last_failure(shown_error()) is error
    later = KeyError("in a cell")
    monkeypatch.setattr(sys, "last_value", later, raising=False)
    assert shown_error() is later
    assert last_failure(shown_error()) is None
    record_failure(error)
    assert last_failure(shown_error()) is error


def test_python_3_12_has_the_exception_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ValueError()
    monkeypatch.setattr(sys, "last_exc", error, raising=False)
    assert shown_error() is error
