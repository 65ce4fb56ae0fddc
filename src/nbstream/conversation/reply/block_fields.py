"""Fields of a block that come in deltas beside its text, also those of kinds that nbstream does not know.

Such a block is kept as it came, because the next request must send it back unchanged.
"""

from __future__ import annotations

import json
from typing import Any

from ...core.block_info import PRIVATE_FIELDS

PARTIAL_JSON = "partial_json"
"""The field of a delta that has a piece of the JSON of a block's `input`."""


def merge_delta(param: dict[str, Any], delta: dict[str, Any]) -> str:
    """Merge a delta into the fields of its block, in the form that the finished block has.

    Fields of an unknown delta are added to what the block has, as those of all known deltas of text are.

    Returns:
        The text of the delta that a user can read.
    """
    fields = {name: value for name, value in delta.items() if name != "type"}
    match delta.get("type"):
        case "signature_delta":
            param["signature"] = fields.get("signature")
            return ""
        case "citations_delta":
            param["citations"] = [*(param.get("citations") or []), fields.get("citation")]
            return ""
        case "compaction_delta":
            # The only delta of its block has the whole summary; `null` stands for a summary that failed.
            param |= fields
        case _:
            for name, value in fields.items():
                param[name] = _add(param.get(name), value)
    readable = (value for name, value in fields.items() if name not in PRIVATE_FIELDS)
    return "".join(value for value in readable if isinstance(value, str))


def complete_fields(param: dict[str, Any]) -> None:
    """Convert the pieces of JSON that came for the `input` of a block of an unknown kind."""
    if isinstance(param.get(PARTIAL_JSON), str):
        try:
            param["input"] = json.loads(param[PARTIAL_JSON])
        except ValueError:
            return
        del param[PARTIAL_JSON]


def _add(before: Any, value: Any) -> Any:
    if value is None:
        return before
    is_text = isinstance(before, str) and isinstance(value, str)
    is_list = isinstance(before, list) and isinstance(value, list)
    return before + value if is_text or is_list else value
