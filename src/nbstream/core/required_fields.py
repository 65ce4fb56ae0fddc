"""Fields that the Messages API requires in a request. Some gateways send null in their place in an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REQUIRED_FIELDS: Mapping[str, tuple[str, ...]] = {
    "tool_use": ("id", "name"),
    "server_tool_use": ("id", "name"),
    "mcp_tool_use": ("id", "name", "server_name"),
    "tool_result": ("tool_use_id",),
    "mcp_tool_result": ("tool_use_id",),
    "redacted_thinking": ("data",),
    "image": ("source",),
    "document": ("source",),
    "container_upload": ("file_id",),
}
"""The required fields of a block beside its text, by its type; see the SDK's `…BlockParam` types."""

_SERVER_RESULT_FIELDS = ("tool_use_id", "content")
"""The required fields of the results of the API's own tools."""

_NULLABLE_CITATION_FIELDS = frozenset({"title", "document_title", "file_id"})
"""The fields of a citation that may be null; see the SDK's `Citation…Param` types."""


def has_required_fields(type_: str, param: Mapping[str, Any]) -> bool:
    """Return whether a block has all fields that a request needs. Blocks of unknown types count as complete."""
    default = _SERVER_RESULT_FIELDS if type_.endswith("_tool_result") else ()
    return all(param.get(name) is not None for name in _REQUIRED_FIELDS.get(type_, default))


def complete_citations(citations: object) -> list[Any] | None:
    """Return the citations of a text that a request may have; `None` if there are none."""
    if not isinstance(citations, list):
        return None
    return [citation for citation in citations if _is_complete(citation)] or None


def _is_complete(citation: object) -> bool:
    return isinstance(citation, Mapping) and all(
        value is not None for name, value in citation.items() if name not in _NULLABLE_CITATION_FIELDS
    )
