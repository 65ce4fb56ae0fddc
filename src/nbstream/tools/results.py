"""Conversion of the value that a tool returned into the result that the Messages API takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..content.attachments import to_blocks
from ..content.blocks import Content, ContentBlock
from ..content.previews import describe_result
from ..core.surrogates import join_surrogates

MAX_RESULT_CHARS = 100_000
"""Length to which a result is cut: some 30,000 tokens, which each later request of the chat sends again."""

_REQUIRED_FIELDS: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "image": {"source": Mapping},
    "document": {"source": Mapping},
    "search_result": {"source": str, "title": str, "content": list},
}
"""The types of blocks that a result may have, each with the fields that such a block must have. A dict counts as a
block only with these fields, because the tool's own data may have a "type" too."""


@dataclass(frozen=True)
class ToolResult:
    """The value that a tool returned, as Claude and the pages get it.

    Attributes:
        content: The content for the API.
        is_complete: False if an error text replaces a figure or file that cannot be drawn or sent.
        preview: JSON that the pages get beside the text: whether the text is a table, and the images.
    """

    content: Content
    is_complete: bool = True
    preview: Mapping[str, Any] = field(default_factory=dict)


def result_of(value: object) -> ToolResult:
    """Make the content of a tool's result from the value that the tool returned. No value raises an exception.

    Do not call this on the event loop: drawing a figure takes long and runs the user's code, and each thumbnail
    takes up to 50 ms.

    Args:
        value: Text and content blocks are sent as they are. Images, figures, tables and bytes are converted as in
            a prompt, and a list may mix all of these. Any other value is sent as JSON if possible, and otherwise
            as its `repr`. Of a `Path` only the path is sent, and the file is not read.
    """
    rich = _rich_blocks(value)
    if rich is None and isinstance(value, list | tuple):
        items = [_rich_blocks(item) for item in value]
        if any(item is not None for item in items):
            converted = [item or (_text_blocks(_text(raw)), True) for item, raw in zip(items, value, strict=True)]
            blocks = [block for item, _ in converted for block in item]
            return _result(blocks, all(is_complete for _, is_complete in converted))
    return ToolResult(_text(value)) if rich is None else _result(*rich)


def text_only(content: Content) -> Content:
    """Return only the text of a result, for a call that failed.

    With any other block in a failed result the API refuses the whole request: "all content must be type "text" if
    "is_error" is true".
    """
    return content if isinstance(content, str) else [block for block in content if block.get("type") == "text"]


def _result(blocks: Sequence[ContentBlock], is_complete: bool) -> ToolResult:
    return ToolResult([block.param for block in blocks], is_complete, describe_result(blocks))


def _rich_blocks(value: Any) -> tuple[list[ContentBlock], bool] | None:
    """Make the blocks of a value that is more than text, and tell whether they show the whole value.

    Return `None` for a value that is sent as text.
    """
    try:
        # The SDK's own blocks have `to_dict`, except the blocks that its MCP helpers make, which are dicts.
        is_sdk_block = type(value).__module__.startswith("anthropic.") and not isinstance(value, Mapping)
        plain = value.to_dict() if is_sdk_block else value
        if isinstance(plain, Mapping):
            if plain.get("type") == "text" and not str(plain.get("text", "?")).strip():
                return [], True
            return ([ContentBlock(dict(plain))], True) if _is_block(plain) else None
        blocks = None if isinstance(value, Path) else to_blocks(value, "The tool's result")
    except Exception as error:
        # Drawing a figure runs the user's code, and so does converting its exception to text.
        text = type(error).__name__
        with suppress(Exception):
            text = str(error).strip() or text
        return _text_blocks(_cap(text)), False
    if blocks is None:
        return None
    source = blocks[0].param.get("source", {})
    return _text_blocks(_cap(source["data"])) if source.get("type") == "text" else blocks, True


def _is_block(value: Mapping[Any, Any]) -> bool:
    required = _REQUIRED_FIELDS.get(str(value.get("type")))
    return required is not None and all(isinstance(value.get(key), type_) for key, type_ in required.items())


def _text_blocks(text: str) -> list[ContentBlock]:
    # The API refuses a block of blank text.
    return [ContentBlock({"type": "text", "text": text})] if text.strip() else []


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _cap(value)
    with suppress(Exception):
        value = _plain_number(value)
        if value is None or isinstance(value, dict | list | tuple | int | float):
            return _cap(json.dumps(value, ensure_ascii=False, default=_json_default))
    try:
        return _cap(str(value) if isinstance(value, Path) else repr(value))
    except Exception:
        return f"<{type(value).__name__}>"


def _json_default(value: Any) -> Any:
    """Convert a value that JSON cannot represent to a number or a text."""
    number = _plain_number(value)
    return number if number is not value else repr(value)


def _plain_number(value: Any) -> Any:
    """Turn a NumPy scalar into a Python number, and return anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _cap(text: str) -> str:
    excess = len(text) - MAX_RESULT_CHARS
    if excess > 0:
        text = f"{text[:MAX_RESULT_CHARS]}\n… {excess:,} of {len(text):,} characters left out"
    return join_surrogates(text)
