"""Shared beginning of a run's requests, marked so that the API caches it.

The automatic caching of a chat writes to the cache where a request ends. The requests of a run differ at their
end, so no request would find what another one wrote, and each would pay for writing. A run therefore marks the end
of what its requests share (Claude docs, "Prompt caching": a prefix is tools, then system, then messages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def with_cached_prefix(
    request: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], control: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Mark the end of the shared beginning of all requests.

    Args:
        request: The fields that every request sends, without messages.
        messages: The messages before each row's own.
        control: The mark, as `cache_control` in the Messages API; `None` to mark nothing.

    Returns:
        The fields and the messages, of which at most one block has the mark more than before.
    """
    fields, shared = dict(request), [dict(message) for message in messages]
    if control is None:
        return fields, shared
    if shared:
        shared[-1]["content"] = _marked(shared[-1]["content"], control)
    elif fields.get("system"):
        fields["system"] = _marked(fields["system"], control)
    elif fields.get("tools"):
        fields["tools"] = _marked(fields["tools"], control)
    return fields, shared


def has_shared_prefix(request: Mapping[str, Any], messages: Sequence[object]) -> bool:
    """Return whether the requests share something that the API keeps after the first of them has begun.

    Beside the cached prompt that is the grammar of an output's schema, which the API compiles once.
    """
    config = request.get("output_config")
    has_format = isinstance(config, Mapping) and config.get("format") is not None
    return bool(messages or request.get("system") or request.get("tools")) or has_format


def _marked(content: Any, control: Mapping[str, Any]) -> list[dict[str, Any]]:
    is_text = isinstance(content, str)
    blocks: list[dict[str, Any]] = [{"type": "text", "text": content}] if is_text else list(map(dict, content))
    # A mark of the caller's own stays.
    blocks[-1] = {"cache_control": dict(control), **blocks[-1]}
    return blocks
