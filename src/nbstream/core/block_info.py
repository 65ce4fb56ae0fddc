"""Small description of a block that pages get beside the block's text.

A block in the API's form may contain megabytes of an image, signatures, and results that are encrypted for Claude
alone. None of that is sent to a page. Blocks of an unknown kind are described as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .turn import TEXT_FIELD, TableText, is_call

MAX_RESULT_CHARS = 20_000
"""Length to which a result is cut: more than a user reads, and as much as a page can display at once."""

MAX_IMAGES = 12
"""Number of images in one message that get a preview, because decoding a large image takes a tenth of a second. Of
the other images only the name is sent."""

MAX_UNKNOWN_CHARS = 2_000
"""Length to which the JSON of an unknown block is cut."""

MAX_SOURCES = 50
"""Number of sources of one search that are listed; the API finds ten to twenty."""

PRIVATE_FIELDS = ("data", "signature", "encrypted_content", "encrypted_index", "encrypted_stdout")
"""Fields that pages do not get, because they are meant for Claude alone or no user could read them."""

Info = dict[str, Any]


def block_info(type_: str, param: Mapping[str, Any], text: str = "") -> Info:
    """Describe a block when it begins.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: The block's text, which is sent to pages separately. Here only its type counts; see `TableText`.

    Returns:
        JSON-ready data. Its keys depend on the kind of block:

        * calls: `id`, `name`, and `server` for tools of an MCP server;
        * results: `call`, and `error`, `text`, `sources`, `output`, `errors`, `code`, `files` where they exist;
        * images and documents: `kind`, `name`;
        * text: `markdown`, if the text was made of a data frame;
        * other kinds: `json`, if there is anything to show yet.
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
        return {"markdown": True} if isinstance(text, TableText) else {}
    if not (public := _public_fields(param)):
        return {}
    return {"json": _truncate(json.dumps(public, ensure_ascii=False, indent=1, default=str), MAX_UNKNOWN_CHARS)}


def late_block_info(param: Mapping[str, Any]) -> Info:
    """Describe the part of a block that is known only at its end: the citations of a text."""
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
    """Describe a result that is a single object, as the API's own tools return it."""
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
    """Describe a source that Claude has read: its address, and the words in it that an answer cites."""
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
    """Return the fields that have a value, without those that are meant for Claude alone."""
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
