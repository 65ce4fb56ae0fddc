"""Estimate of a request's input tokens, made before the request is sent. It is meant never to be too low."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ...content.message import TOO_MANY_PDF_PAGES, PdfPages, pages_of
from ...core.turn import is_call
from ..http.content_walk import Place, is_file_source, type_of, walk_content

IMAGE_TOKENS = 5_000
"""More than the API counts for any image. The largest image that newer models take is about 4,800 tokens."""

PDF_PAGE_TOKENS = 3_000
"""Tokens of one PDF page. It is the highest figure in the Claude docs."""


def estimate_tokens(values: Iterable[Any], pdf_pages: PdfPages) -> int:
    """Estimate the tokens of messages, system prompts and tools.

    Args:
        values: Everything that is sent, as JSON.
        pdf_pages: The known numbers of PDF pages. If the number of a PDF is unknown, for example because the API
            fetches the file, the PDF is estimated with the most pages that a request may have.
    """
    tokens = 0
    for item, place, _ in walk_content(values):
        if isinstance(item, str) and (place is Place.CONTENT or place is Place.LOOSE_BYTES):
            tokens += _text_tokens(item)
        elif isinstance(item, dict) and place is Place.CONTENT:
            tokens += _block_tokens(item, pdf_pages)
    return tokens


def is_cached_for_an_hour(values: Iterable[Any]) -> bool:
    """Whether any block requests the one-hour cache, which costs twice the price of plain input."""
    return any(isinstance(item, dict) and item.get("ttl") == "1h" for item, _, _ in walk_content(values))


def _block_tokens(block: dict[str, Any], pdf_pages: PdfPages) -> int:
    """Estimate the tokens of a tool call or a file as a whole.

    Return 0 for other blocks, because their texts are counted separately.
    """
    kind = type_of(block)
    if is_call(kind):
        return _text_tokens(json.dumps(block, ensure_ascii=False))
    if kind == "image":
        return IMAGE_TOKENS
    if kind == "document" and is_file_source(block.get("source")):
        return PDF_PAGE_TOKENS * (pages_of(block, pdf_pages) or TOO_MANY_PDF_PAGES)
    return 0


def _text_tokens(text: str) -> int:
    # The estimate assumes three characters per token in ASCII text. In scripts other than Latin, each character
    # may be a token of its own.
    wide = 0 if text.isascii() else sum(character > "\x7f" for character in text)
    return wide + (len(text) - wide) // 3 + 1
