"""What a tool returned, made into what the Messages API takes as its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..content.attachments import Block, as_blocks
from ..content.blocks import Content
from ..core.surrogates import mended

RESULT_CHARACTERS = 100_000
"""Characters of a result: some 30,000 tokens, which each later request of the conversation sends again."""

_NEEDED: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "image": {"source": Mapping},
    "document": {"source": Mapping},
    "search_result": {"source": str, "title": str, "content": list},
}
"""The blocks that a result may have, and what makes one of a dict: a tool's own data may have a "type" too."""


class Result(NamedTuple):
    """What Claude is told of a value; not whole where words stand for what cannot be drawn or sent."""

    content: Content
    whole: bool = True


def result_of(value: object) -> Result:
    """The content of a tool's result; never an error, whatever `value` is.

    Args:
        value: Text goes as it is; images, figures, tables and bytes as in a prompt; content blocks as they are;
            lists may mix them. Other values are JSON where they can be, or what `repr` says. The file at a `Path`
            is not read: a tool that returns one names it.
    """
    rich = _rich(value)
    if rich is None and isinstance(value, list | tuple):
        parts = [_rich(part) for part in value]
        if any(part is not None for part in parts):
            told = [part or (_texts(_text(item)), True) for part, item in zip(parts, value, strict=True)]
            return Result([block for blocks, _ in told for block in blocks], all(whole for _, whole in told))
    return Result(_text(value)) if rich is None else Result(*rich)


def words_of(content: Content) -> Content:
    """What of a result may be sent as that of a call that failed: the API refuses the whole request with more.

    Its sentence: all content must be type "text" if "is_error" is true.
    """
    return content if isinstance(content, str) else [block for block in content if block.get("type") == "text"]


def _rich(value: Any) -> tuple[list[Block], bool] | None:
    """The blocks of what is more than text, and whether they are all of it."""
    try:
        # The SDK's own blocks.
        plain = value.to_dict() if type(value).__module__.startswith("anthropic.") else value
        if isinstance(plain, Mapping):
            if plain.get("type") == "text" and not str(plain.get("text", "?")).strip():
                return [], True
            return ([dict(plain)], True) if _is_block(plain) else None
        blocks = None if isinstance(value, Path) else as_blocks(value, "What the tool returned")
    except Exception as error:
        # Drawing a figure runs the reader's code, and so does what its error says.
        words = type(error).__name__
        with suppress(Exception):
            words = str(error).strip() or words
        return _texts(_capped(words)), False
    if blocks is None:
        return None
    source = blocks[0].get("source", {})
    return _texts(_capped(source["data"])) if source.get("type") == "text" else blocks, True


def _is_block(value: Mapping[Any, Any]) -> bool:
    needed = _NEEDED.get(str(value.get("type")))
    return needed is not None and all(isinstance(value.get(key), kind) for key, kind in needed.items())


def _texts(text: str) -> list[Block]:
    # The API refuses a block of blank text.
    return [{"type": "text", "text": text}] if text.strip() else []


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _capped(value)
    with suppress(Exception):
        value = _number(value)
        if value is None or isinstance(value, dict | list | tuple | int | float):
            return _capped(json.dumps(value, ensure_ascii=False, default=_plain))
    try:
        return _capped(str(value) if isinstance(value, Path) else repr(value))
    except Exception:
        return f"<{type(value).__name__}>"


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    number = _number(value)
    return number if number is not value else repr(value)


def _number(value: Any) -> Any:
    """A number of NumPy's as one of Python's; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _capped(text: str) -> str:
    left = len(text) - RESULT_CHARACTERS
    if left > 0:
        text = f"{text[:RESULT_CHARACTERS]}\n… {left:,} of {len(text):,} characters left out"
    return mended(text)
