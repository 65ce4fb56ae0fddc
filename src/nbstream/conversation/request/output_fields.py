"""The field of a request that holds its reply to a type (`output_config.format`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.turn import THINKING_TYPES, Turn
from ...output.columns import columns_of
from ...output.output_format import OutputFormat


def output_format_of(request: Mapping[str, Any]) -> OutputFormat | None:
    """Return the type that a request asks for; `None` for text, and for a format of an unknown kind."""
    format_ = _config(request).get("format")
    return format_ if isinstance(format_, OutputFormat) else None


def fit_output_format(request: Mapping[str, Any], turn: Turn, *, replaces: bool) -> dict[str, Any]:
    """Return a request as it is sent for a turn.

    A request that continues the text of a broken answer has no format. The API would hold the continuation to the
    format by itself: it would begin the object once more, in the middle of the one that broke off.

    Args:
        request: The arguments of `messages.create`.
        turn: The turn that the reply is written to.
        replaces: Whether the reply replaces the one that the turn has.
    """
    blocks = [block for block in turn.blocks if block.type not in THINKING_TYPES]
    continues_text = bool(blocks) and blocks[-1].type == "text" and bool(blocks[-1].text.strip())
    if replaces or not continues_text or _config(request).get("format") is None:
        return dict(request)
    config = {name: value for name, value in _config(request).items() if name != "format"}
    rest = {name: value for name, value in request.items() if name != "output_config"}
    return {**rest, "output_config": config} if config else rest


def text_data(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data that pages get beside each text of a reply; empty for one that is not held to a format.

    With it, a page shows the values while they come. `{"columns": {"": [["name", 0], ["people", 1]]}}` has, for
    each list of objects, the names of its columns and whether they hold numbers. The key is the path of the list.
    """
    format_ = _config(request).get("format")
    if not isinstance(format_, Mapping):
        return {}
    return {"columns": columns_of(format_.get("schema"))}


def _config(request: Mapping[str, Any]) -> Mapping[str, Any]:
    config = request.get("output_config")
    return config if isinstance(config, Mapping) else {}
