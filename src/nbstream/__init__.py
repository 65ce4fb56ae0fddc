"""nbstream: Claude's answers in a notebook cell, streamed smoothly, shown safely, stopped at once.

import nbstream

nbstream.chat("Explain CRDTs")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api import chat
from .widget import Chat

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

__all__ = ["Chat", "chat", "demo", "last"]
__version__ = "0.1.0"

last: Chat | None
"""The chat that was used last, also after its cell failed or was interrupted."""


def demo(*replies: str, tokens_per_second: float = 60.0, wait: float = 0.5) -> AsyncAnthropic:
    """A client that needs no key and no network; see `nbstream.scripted.demo`."""
    from .scripted import demo as make

    return make(*replies, tokens_per_second=tokens_per_second, wait=wait)


def __getattr__(name: str) -> Any:
    if name == "last":
        from . import widget

        return widget.last()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
