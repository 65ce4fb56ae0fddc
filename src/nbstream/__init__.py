"""nbstream: Claude's answers in a notebook cell, streamed smoothly, shown safely, stopped at once.

import nbstream

nbstream.chat("Explain CRDTs")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import chat
    from .comparison import Comparison, compare
    from .core.prices import Price
    from .pricing import prices
    from .scripted import demo
    from .widget import Chat

    last: Chat | None
    """The chat that was used last, also after its cell failed or was interrupted."""

__all__ = ["Chat", "Comparison", "Price", "abandon_after", "chat", "compare", "demo", "last", "prices"]
__version__ = "0.1.0"

abandon_after: float | None = 30.0
"""Seconds without any page that shows a chat until its running reply is stopped (`stop_reason` `"abandoned"`).

`None`: never. A page that is only hidden counts as there; a script or a headless run misses no page. Half a minute
is what a page takes to be loaded again on a slow machine (7 s measured), and some.
"""

_HOME = {
    "Chat": "widget",
    "Comparison": "comparison",
    "Price": "core.prices",
    "chat": "api",
    "compare": "comparison",
    "demo": "scripted",
    "prices": "pricing",
}
"""Where a name lives. It is loaded when first used: a notebook imports nbstream long before it asks."""


def __getattr__(name: str) -> Any:
    if name == "last":
        return import_module(".session", __name__).last()
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext nbstream` calls: gives the cell magic `%%chat`."""
    import_module(".magic", __name__).register(ipython)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
