"""Where the user's variables are."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from nbstream.variables.namespace import ipython_shell


def test_the_shell_is_ipythons_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert ipython_shell() is None
    shell, ipython = object(), ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert ipython_shell() is shell
