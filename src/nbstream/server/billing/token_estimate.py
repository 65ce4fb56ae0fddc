"""Estimate of a request's input tokens, made before the request is sent. It is an upper bound, not an average."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ...core.turn import is_call
from ..http.content_walk import Place, type_of, walk_content

MAX_CONTEXT_TOKENS = 1_000_000
"""The most tokens that any model reads at once (Claude docs, "Context windows"); the API refuses more."""

IMAGE_TOKENS = 5_000
"""More than the API counts for any image. The largest image that newer models take is about 4,800 tokens."""

BLOCK_TOKENS = 10
"""Tokens that each message and each block has beside its texts: the marks of its beginning and its end."""

TOOL_PROMPT_TOKENS = 1_000
"""Tokens of the API's own instructions where a request has tools. The Claude docs ("Tool use", pricing) give fewer
for every model."""

FORMAT_PROMPT_TOKENS = 1_000
"""Tokens of the API's own prompt where an answer is held to a schema. The Claude docs ("Structured outputs") name
the prompt and not its length; it is taken to be no longer than that of tools."""

_GROWING = re.compile(
    "[\xa8-\xbe\u013f\u0140\u0149\u01c4-\u01cc\u02d8-\u02dd\u0300-\u037a\u0384\u0385\u0587\u0675-\u0678\u0958-\u095f"
    "\u09dc-\u09df\u0a33-\u0a5e\u0b5c\u0b5d\u0e33\u0eb3\u0edc\u0edd\u0f43-\u0fb9\u1fc1-\u1fee\u2033-\u2057\u2150-\u2189"
    "\u222c-\u2230\u247d-\u2487\u2a0c\u2adc\u309b-\u309f\u30ff\u3200-\u33ff\ufa6c-\ufefc\U0001d15e-\U0001d1c0"
    "\U0001f12a-\U0001f248]"
)
"""Ranges with all characters that NFKC, the compatibility form of Unicode, makes longer, and with the marks."""


def estimate_tokens(values: Iterable[Any]) -> int:
    """Estimate the tokens of messages and system prompts, without those of documents that are files.

    Args:
        values: The messages and the system prompt, as JSON.
    """
    tokens = 0
    for item, place, _ in walk_content(values):
        if isinstance(item, str) and (place is Place.CONTENT or place is Place.LOOSE_BYTES):
            tokens += _text_tokens(item)
        elif isinstance(item, dict) and place is Place.CONTENT:
            tokens += BLOCK_TOKENS + _block_tokens(item)
    return tokens


def estimate_tool_tokens(tools: Iterable[Any]) -> int:
    """Estimate the tokens of the definitions of tools, which Claude reads as JSON with every name in it."""
    tools = list(tools)
    return TOOL_PROMPT_TOKENS + _text_tokens(json.dumps(tools)) if tools else 0


def estimate_format_tokens(output_config: Mapping[str, Any]) -> int:
    """Estimate the tokens of the schema that an answer is held to. The API describes it in a prompt of its own."""
    format_ = output_config.get("format")
    return FORMAT_PROMPT_TOKENS + _text_tokens(json.dumps(format_)) if format_ else 0


def is_cached_for_an_hour(values: Iterable[Any]) -> bool:
    """Whether any block requests the one-hour cache, which costs twice the price of plain input."""
    return any(isinstance(item, dict) and item.get("ttl") == "1h" for item, _, _ in walk_content(values))


def _block_tokens(block: dict[str, Any]) -> int:
    """Estimate the tokens of a tool call or an image as a whole.

    Return 0 for other blocks, because their texts are counted separately.
    """
    kind = type_of(block)
    if is_call(kind):
        return _text_tokens(json.dumps(block, ensure_ascii=False))
    return IMAGE_TOKENS if kind == "image" else 0


def _text_tokens(text: str) -> int:
    """Return the bytes of a text in UTF-8, and 1: each token has a byte or more.

    English text has a token in some four bytes, but control characters, rare scripts and random punctuation have
    a token in each byte.
    """
    if text.isascii():
        return 1 + len(text)
    return 1 + _utf8_bytes(text) + _normalized_growth(text)


def _normalized_growth(text: str) -> int:
    """Return the most bytes that NFKC adds to a text.

    The tokenizer that Anthropic has published for older models reads that form, in which U+FDFA grows from 3 bytes
    to 33. The whole text is not normalized here, because one letter with 400,000 marks took six minutes.
    """
    return sum(count * _growth(char) for char, count in Counter(_GROWING.findall(text)).items())


def _growth(char: str) -> int:
    if unicodedata.combining(char):
        # A mark may part its letter from two accents, with which it was one character.
        return 3
    return max(0, _utf8_bytes(unicodedata.normalize("NFKC", char)) - _utf8_bytes(char))


def _utf8_bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
