"""What a page is shown of a block beside its text: small, and no more than a reader wants to see.

A block as the API has it may hold megabytes of an image, signatures, and results encrypted for Claude alone; none
of that travels. What is not known here is shown plainly, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .turn import TEXT_FIELD, is_call

MAX_RESULT_CHARS = 20_000
"""Characters of a result that are shown; more than a reader looks at, and as much as a page takes at once."""

MAX_IMAGES = 12
"""Pictures of one message that are shown; the rest are named. To decode a large one takes a tenth of a second."""

MAX_UNKNOWN_CHARS = 2_000
"""Characters of a block of an unknown kind."""

MAX_SOURCES = 50
"""Sources of one search; the API finds ten to twenty."""

PRIVATE_FIELDS = ("data", "signature", "encrypted_content", "encrypted_index", "encrypted_stdout")
"""Fields that are meant for Claude, or for nobody's eyes."""

Info = dict[str, Any]


def block_info(type_: str, param: Mapping[str, Any], _text: str = "") -> Info:
    """What is shown of a block when it begins.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        _text: Its text, which pages get beside this.

    Returns:
        JSON-ready data; what it has depends on the kind:

        * calls: `id`, `name`, and `server` for those behind MCP;
        * results: `call`, and of `error`, `text`, `sources`, `output`, `errors`, `code`, `files` what there is;
        * images and documents: `kind`, `name`;
        * other kinds: `json`.
    """
    if is_call(type_):
        return _public_fields(
            {"id": param.get("id"), "name": param.get("name"), "server": param.get("server_name")}
        )
    if type_.endswith("tool_result"):
        return _public_fields({"call": param.get("tool_use_id"), **_result_info(param)})
    if type_ in ("image", "document"):
        source = param.get("source")
        source = source if isinstance(source, Mapping) else {}
        name = param.get("title") or source.get("url") or source.get("file_id")
        return _public_fields({"kind": type_, "name": name})
    if type_ in TEXT_FIELD or type_ == "redacted_thinking":
        return {}
    return {
        "json": _truncate(
            json.dumps(_public_fields(param), ensure_ascii=False, indent=1, default=str), MAX_UNKNOWN_CHARS
        )
    }


def late_block_info(param: Mapping[str, Any]) -> Info:
    """What is known of a block only at its end: what a text cites."""
    citations = param.get("citations")
    if not isinstance(citations, list):
        return {}
    return {"citations": [_source_info(citation) for citation in citations if isinstance(citation, Mapping)]}


def _result_info(param: Mapping[str, Any]) -> Info:
    content = param.get("content")
    if isinstance(content, str):
        return {"error": param.get("is_error") or None, "text": _truncate(content, MAX_RESULT_CHARS)}
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping)]
        return {
            "error": param.get("is_error") or None,
            "text": _truncate(
                "\n".join(_text(part.get("text")) for part in parts if part.get("type") == "text"),
                MAX_RESULT_CHARS,
            )
            or None,
            "sources": _source_infos(
                part for part in parts if part.get("url") or part.get("type") == "search_result"
            ),
        }
    return (
        _server_result_info(content) if isinstance(content, Mapping) else {"error": param.get("is_error") or None}
    )


def _server_result_info(content: Mapping[str, Any]) -> Info:
    """The one thing that a server's tool gave back."""
    if code := _text(content.get("error_code")):
        return {"error": code}
    known = {
        "output": _truncate(_text(content.get("stdout")), MAX_RESULT_CHARS) or None,
        "errors": _truncate(_text(content.get("stderr")), MAX_RESULT_CHARS) or None,
        "code": content.get("return_code"),
        "sources": _source_infos([content] if content.get("url") else []),
        "files": [part["file_id"] for part in _mappings_in(content.get("content")) if part.get("file_id")] or None,
    }
    if any(value is not None for value in known.values()):
        return known
    return {
        "text": _truncate(
            json.dumps(_public_fields(content), ensure_ascii=False, indent=1, default=str), MAX_UNKNOWN_CHARS
        )
    }


def _source_infos(found: Iterable[Mapping[str, Any]]) -> list[Info] | None:
    return [_source_info(source) for source, _ in zip(found, range(MAX_SOURCES), strict=False)] or None


def _source_info(found: Mapping[str, Any]) -> Info:
    """A place that Claude has read: where it is, and which words of it an answer leans on."""
    document = found.get("content")
    title = found.get("title") or found.get("document_title")
    if not title and isinstance(document, Mapping):
        title = document.get("title")
    source = found.get("source")
    url = found.get("url") or (source if isinstance(source, str) else None)
    pages = found.get("start_page_number")
    return _public_fields(
        {
            "title": title,
            "url": url,
            "age": found.get("page_age"),
            "cited": _truncate(_text(found.get("cited_text")), MAX_UNKNOWN_CHARS) or None,
            "page": pages if isinstance(pages, int) else None,
        }
    )


def _mappings_in(content: object) -> list[Mapping[str, Any]]:
    return [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []


def _public_fields(data: Mapping[str, Any]) -> Info:
    """What there is, without what is meant for Claude."""
    return {
        key: _without_private(item) for key, item in data.items() if key not in PRIVATE_FIELDS and item is not None
    }


def _without_private(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _public_fields(value)
    return [_without_private(item) for item in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _truncate(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{text[:max_chars]}\n… {len(text) - max_chars:,} more characters"
