"""The notebook's variables: the names that the user's cells share."""

from __future__ import annotations

import sys
from typing import Any


def ipython_shell() -> Any | None:
    """Return IPython's shell, in a kernel or a terminal; `None` if the process has none."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_ipython is None else get_ipython()
