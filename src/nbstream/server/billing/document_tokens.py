"""Tokens of documents that only the API can count: PDFs, and documents that Claude may cite.

The Claude docs ("PDF support") give a typical number of tokens for a page and no highest one, and a small file may
hold any amount of text. A document that may be cited is cut into sentences, which are marked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from ..http.content_walk import Place, type_of, walk_content

CountTokens = Callable[[str, Sequence[dict[str, Any]]], Awaitable[int | None]]
"""Asks the API for the tokens of blocks that a model will read; returns `None` if it does not count them."""

COUNT_MARGIN_PERCENT = 10
"""Tokens that are added to the API's count, which may differ from the bill "by a small amount" (Claude docs,
"Token counting")."""


async def count_nothing(_: str, __: Sequence[dict[str, Any]]) -> int | None:
    """Count no blocks, because there is no API to ask."""
    return None


class DocumentTokens:
    """Counts the documents of one conversation; asks the API only if they have changed.

    Args:
        count: Asks the API.
    """

    def __init__(self, count: CountTokens) -> None:
        self._count = count
        self._counted: tuple[str, list[dict[str, Any]], int] | None = None

    async def of(self, request: dict[str, Any]) -> int | None:
        """Return the most tokens of a request's documents; `None` if they are unknown."""
        documents, model = find_documents([request["messages"], request.get("system")]), str(request["model"])
        if not documents:
            return 0
        if any(_source_type(document) == "url" for document in documents):
            # The API does not count these, and the file at an address may change.
            return None
        if self._counted is None or self._counted[:2] != (model, documents):
            tokens = await self._count(model, documents)
            if tokens is None:
                return None
            self._counted = (model, documents, tokens + tokens * COUNT_MARGIN_PERCENT // 100)
        return self._counted[2]


def find_documents(values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the blocks, also those in results of tools, whose tokens only the API can count."""
    return [
        item
        for item, place, _ in walk_content(values)
        if place is Place.CONTENT and isinstance(item, dict) and _needs_count(item)
    ]


def is_document_file(block: dict[str, Any]) -> bool:
    """Whether a block is a document that is a file."""
    return type_of(block) == "document" and _source_type(block) in ("base64", "url")


def _needs_count(block: dict[str, Any]) -> bool:
    citations = block.get("citations")
    may_be_cited = isinstance(citations, dict) and bool(citations.get("enabled"))
    return is_document_file(block) or (type_of(block) in ("document", "search_result") and may_be_cited)


def _source_type(block: dict[str, Any]) -> str:
    source = block.get("source")
    return type_of(source) if isinstance(source, dict) else ""
