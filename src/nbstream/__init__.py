"""nbstream: Claude's answers in a notebook cell, streamed smoothly, shown safely, stopped at once.

import nbstream

nbstream.chat("Explain CRDTs")
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import chat, load
    from .batch.map import map  # noqa: A004
    from .batch.widget import Batch
    from .claude.demo import demo
    from .claude.prices import Price, prices
    from .comparison import Comparison, compare
    from .explanation.explain import explain
    from .notebook.chat.widget import Chat
    from .output.output_error import OutputError

    last: Chat | None
    """The chat that was used last, also after its cell failed or was interrupted."""

__all__ = [
    "Batch",
    "Chat",
    "Comparison",
    "OutputError",
    "Price",
    "abandon_after",
    "chat",
    "compare",
    "demo",
    "explain",
    "last",
    "load",
    "map",
    "prices",
]
__version__ = "0.2.0"

abandon_after: float | None = 30.0
"""Seconds after which a running reply is stopped if no page shows its chat (`stop_reason` `"abandoned"`).

A page that is closed says goodbye, and after the goodbye of the last page 15 seconds are enough. With `None` a
reply is never stopped for this reason. A hidden page counts as a page. In a script or a headless run, which has no
page, no reply is stopped for this reason. Half a minute is well above the 7 s that a page took to load again on a
slow machine.
"""

_MODULES = {
    "Batch": "batch.widget",
    "Chat": "notebook.chat.widget",
    "Comparison": "comparison",
    "OutputError": "output.output_error",
    "Price": "claude.prices",
    "chat": "api",
    "compare": "comparison",
    "demo": "claude.demo",
    "explain": "explanation.explain",
    "load": "api",
    "map": "batch.map",
    "prices": "claude.prices",
}
"""The module of each public name. A module is loaded on first use, because a notebook imports nbstream long before
it asks Claude."""


if "IPython" in sys.modules:
    # The cells that run from now on are remembered. A button of one of them may make the first chat.
    import_module(".kernel.cells", __name__).remember_cells()


def __getattr__(name: str) -> Any:
    if name == "last":
        return import_module(".notebook.chat.last_chat", __name__).last()
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics `%%chat` and `%explain`; called by `%load_ext nbstream`."""
    import_module(".magic", __name__).register(ipython)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
