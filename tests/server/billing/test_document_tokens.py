"""Documents are counted by the API; where it does not count them, they are all that a model can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from server.billing.accounts import MODEL, new_request

from nbstream.server.billing.document_tokens import DocumentTokens, count_nothing, find_documents

pytestmark = pytest.mark.anyio

PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}
FETCHED = {"type": "document", "source": {"type": "url", "url": "https://a.example/b.pdf"}}
TEXT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a. b. c."}}
CITED = {**TEXT, "citations": {"enabled": True}}
SEARCHED = {"type": "search_result", "source": "s", "title": "t", "content": [], "citations": {"enabled": True}}


class Api:
    """Counts a thousand tokens for each block.

    Attributes:
        asked: The model and the blocks of each request.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[dict[str, Any]]]] = []

    async def count(self, model: str, blocks: Sequence[dict[str, Any]]) -> int:
        self.asked.append((model, blocks))
        return 1_000 * len(blocks)


def test_documents_are_found_everywhere_but_in_the_arguments_of_calls() -> None:
    result = {"type": "tool_result", "tool_use_id": "c", "content": [PDF]}
    call = {"type": "tool_use", "id": "c", "name": "f", "input": PDF}
    messages = [{"role": "user", "content": [PDF, call, result, TEXT, CITED, FETCHED, SEARCHED]}]
    found = find_documents([messages])
    assert sorted(found, key=str) == sorted([PDF, CITED, FETCHED, SEARCHED, PDF], key=str)


async def test_a_request_without_documents_is_not_counted() -> None:
    api = Api()
    assert await DocumentTokens(api.count).of(new_request("Hi")) == 0
    assert await DocumentTokens(api.count).of(new_request([TEXT])) == 0
    assert api.asked == []


async def test_the_same_documents_are_counted_once_and_with_a_margin() -> None:
    api = Api()
    documents = DocumentTokens(api.count)
    for _ in range(2):
        assert await documents.of(new_request([PDF])) == 1_100
    assert api.asked == [(MODEL, [PDF])]
    assert await documents.of(new_request([PDF, CITED])) == 2_200
    assert await documents.of({**new_request([PDF]), "model": "claude-haiku-4-5"}) == 1_100
    assert [(model, len(blocks)) for model, blocks in api.asked[1:]] == [(MODEL, 2), ("claude-haiku-4-5", 1)]


async def test_nobody_can_tell_the_tokens_of_a_file_at_an_address_or_without_a_count() -> None:
    api = Api()
    assert await DocumentTokens(api.count).of(new_request([PDF, FETCHED])) is None
    assert api.asked == []
    assert await DocumentTokens(count_nothing).of(new_request([PDF])) is None
