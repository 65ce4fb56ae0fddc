"""How full a model's context window is after a reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .models import find_model

SHOWN_FROM_PERCENT = 50
"""The share of the context window from which pages show it. Below half, a user need not act."""

_COUNTED = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")


def context_percent(model: str, usage: Mapping[str, Any]) -> int | None:
    """Return how full a model's context window is, in percent.

    Args:
        model: The name of the model.
        usage: The API's token counts of the latest request. Its prompt and its answer are what the next request
            will send at least.

    Returns:
        The percentage; `None` below `SHOWN_FROM_PERCENT`, and for a model whose window is not known.
    """
    window = find_model(model).context_tokens
    if window is None:
        return None
    percent = 100 * sum(usage.get(name) or 0 for name in _COUNTED) // window
    return min(percent, 100) if percent >= SHOWN_FROM_PERCENT else None
