"""Where the user's variables are."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbstream.variables import namespace
from nbstream.variables.namespace import ipython_shell, notebook_variables


def test_the_shell_is_ipythons_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert ipython_shell() is None
    assert notebook_variables() == {}
    shell, ipython = SimpleNamespace(user_ns={"df": 1}), ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert ipython_shell() is shell
    assert notebook_variables() == {"df": 1}


def test_names_of_ipython_and_private_names_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    monkeypatch.setattr(namespace, "ipython_shell", lambda: shell)
    names: dict[Any, Any] = shell.user_ns
    shell.run_cell("first = 1; _private = 2; second = 3")
    # The user may give one of IPython's names a value of their own.
    names["Out"] = "mine"
    names[3] = "no name"
    assert notebook_variables() == {"Out": "mine", "first": 1, "second": 3}
