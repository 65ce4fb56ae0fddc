"""The notebook's variables: the names that the user's cells share."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


def ipython_shell() -> Any | None:
    """Return IPython's shell, in a kernel or a terminal; `None` if the process has none."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_ipython is None else get_ipython()


def notebook_variables() -> dict[str, object]:
    """Return the variables that the user has made, in the order in which they were made first.

    Names that IPython has made, such as `Out`, and names with an underscore at the beginning are left out. The
    dict is a copy, because a cell may make variables meanwhile.
    """
    shell = ipython_shell()
    names = getattr(shell, "user_ns", None)
    hidden = getattr(shell, "user_ns_hidden", {})
    if not isinstance(names, Mapping):
        return {}
    return {
        name: value
        for name, value in list(names.items())
        if type(name) is str and not name.startswith("_") and hidden.get(name, _NOTHING) is not value
    }


_NOTHING = object()
