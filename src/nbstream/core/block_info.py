"""What a page is shown of a block beside its text: small, and no more than a reader wants to see.

A block as the API has it may hold megabytes of an image, signatures, and results encrypted for Claude alone; none
of that travels. What is not known here is shown plainly, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .turn import TEXT_FIELD, is_call

TEXT = 20_000
"""Characters of a result that are shown; more than a reader looks at, and as much as a page takes at once."""

PICTURES = 12
"""Pictures of one message that are shown; the rest are named. To decode a large one takes a tenth of a second."""

UNKNOWN = 2_000
"""Characters of a block of an unknown kind."""

SOURCES = 50
"""Sources of one search; the API finds ten to twenty."""

HIDDEN = ("data", "signature", "encrypted_content", "encrypted_index", "encrypted_stdout")
"""Fields that are meant for Claude, or for nobody's eyes."""

Shown = dict[str, Any]


def shown(type_: str, param: Mapping[str, Any], _text: str = "") -> Shown:
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
        return _visible({"id": param.get("id"), "name": param.get("name"), "server": param.get("server_name")})
    if type_.endswith("tool_result"):
        return _visible({"call": param.get("tool_use_id"), **_result(param)})
    if type_ in ("image", "document"):
        source = param.get("source")
        source = source if isinstance(source, Mapping) else {}
        name = param.get("title") or source.get("url") or source.get("file_id")
        return _visible({"kind": type_, "name": name})
    if type_ in TEXT_FIELD or type_ == "redacted_thinking":
        return {}
    return {"json": _cut(json.dumps(_visible(param), ensure_ascii=False, indent=1, default=str), UNKNOWN)}


def shown_late(param: Mapping[str, Any]) -> Shown:
    """What is known of a block only at its end: what a text cites."""
    citations = param.get("citations")
    if not isinstance(citations, list):
        return {}
    return {"citations": [_source(citation) for citation in citations if isinstance(citation, Mapping)]}


def _result(param: Mapping[str, Any]) -> Shown:
    content = param.get("content")
    if isinstance(content, str):
        return {"error": param.get("is_error") or None, "text": _cut(content, TEXT)}
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, Mapping)]
        return {
            "error": param.get("is_error") or None,
            "text": _cut("\n".join(_text(part.get("text")) for part in parts if part.get("type") == "text"), TEXT)
            or None,
            "sources": _sources(part for part in parts if part.get("url") or part.get("type") == "search_result"),
        }
    return _outcome(content) if isinstance(content, Mapping) else {"error": param.get("is_error") or None}


def _outcome(content: Mapping[str, Any]) -> Shown:
    """The one thing that a server's tool gave back."""
    if code := _text(content.get("error_code")):
        return {"error": code}
    known = {
        "output": _cut(_text(content.get("stdout")), TEXT) or None,
        "errors": _cut(_text(content.get("stderr")), TEXT) or None,
        "code": content.get("return_code"),
        "sources": _sources([content] if content.get("url") else []),
        "files": [part["file_id"] for part in _parts(content.get("content")) if part.get("file_id")] or None,
    }
    if any(value is not None for value in known.values()):
        return known
    return {"text": _cut(json.dumps(_visible(content), ensure_ascii=False, indent=1, default=str), UNKNOWN)}


def _sources(found: Iterable[Mapping[str, Any]]) -> list[Shown] | None:
    return [_source(source) for source, _ in zip(found, range(SOURCES), strict=False)] or None


def _source(found: Mapping[str, Any]) -> Shown:
    """A place that Claude has read: where it is, and which words of it an answer leans on."""
    document = found.get("content")
    title = found.get("title") or found.get("document_title")
    if not title and isinstance(document, Mapping):
        title = document.get("title")
    source = found.get("source")
    url = found.get("url") or (source if isinstance(source, str) else None)
    pages = found.get("start_page_number")
    return _visible(
        {
            "title": title,
            "url": url,
            "age": found.get("page_age"),
            "cited": _cut(_text(found.get("cited_text")), UNKNOWN) or None,
            "page": pages if isinstance(pages, int) else None,
        }
    )


def _parts(content: object) -> list[Mapping[str, Any]]:
    return [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []


def _visible(data: Mapping[str, Any]) -> Shown:
    """What there is, without what is meant for Claude."""
    return {key: _cleaned(item) for key, item in data.items() if key not in HIDDEN and item is not None}


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _visible(value)
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n… {len(text) - most:,} more characters"
