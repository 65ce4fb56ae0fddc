"""What every request of a conversation sends, the same for a chat under a cell and for a server."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any

from .tools import Toolbox

MODEL = "claude-opus-4-8"
MAX_TOKENS = 64_000
THINKING: Mapping[str, Any] = {"type": "adaptive", "display": "summarized"}
"""Current models keep the text of their thinking back unless asked for a summary."""
CACHE_CONTROL: Mapping[str, Any] = {"type": "ephemeral"}
"""The API's automatic caching: what was said before costs a tenth from the second question on.

Source: "Prompt caching" in the Claude docs. A prompt below the model's minimum is not cached and costs the same.
"""

CANNOT_CACHE = ("Bedrock", "Vertex")
"""Clients, by their names, whose platforms refuse the field at the top of a request with "Extra inputs are not
permitted"; the Claude docs have automatic caching there for later, and it is left out."""


def defaults_of(
    client: Any = None,
    *,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | None = THINKING,
    tools: Iterable[Any] = (),
    cache_control: Mapping[str, Any] | None = CACHE_CONTROL,
    **request: Any,
) -> tuple[dict[str, Any], Toolbox]:
    """What `messages.create` takes beside the messages, and what runs the tools; see `nbstream.chat`.

    Raises:
        TypeError: The client cannot be used, or a tool is none.
        ValueError: Two tools of one name.
    """
    _check_client(client)
    defaults = {"model": model or os.environ.get("NBSTREAM_MODEL") or MODEL, "max_tokens": max_tokens, **request}
    if system is not None:
        defaults["system"] = system
    if thinking is not None:
        defaults["thinking"] = dict(thinking)
    toolbox = Toolbox(tools)
    if toolbox.definitions:
        defaults["tools"] = toolbox.definitions
    if cache_control is not None and not (cache_control is CACHE_CONTROL and _cannot_cache(client)):
        defaults["cache_control"] = dict(cache_control)
    return defaults, toolbox


def _cannot_cache(client: Any) -> bool:
    return any(platform in kind.__name__ for kind in type(client).__mro__ for platform in CANNOT_CACHE)


def _check_client(client: Any) -> None:
    if client is None:
        return
    if not hasattr(client, "messages"):
        raise TypeError(
            # Its type and not its value: it may be a key.
            f"client is a {type(client).__name__}; pass an async Anthropic client, such as "
            "anthropic.AsyncAnthropic(), or nbstream.demo()."
        )
    if not inspect.iscoroutinefunction(getattr(client, "close", None)):
        name = type(client).__name__
        raise TypeError(f"client is {name}, which blocks while it waits; pass its async twin, Async{name}.")
