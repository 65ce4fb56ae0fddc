"""Fields that a request needs, which some gateways leave out of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.core.messages import build_messages
from nbstream.core.required_fields import complete_citations, has_required_fields
from nbstream.core.turn import Block, Turn


@pytest.mark.parametrize(
    ("type_", "param"),
    [
        ("tool_use", {"id": "a", "name": None}),
        ("tool_use", {"id": None, "name": "f"}),
        ("mcp_tool_use", {"id": "a", "name": "f"}),
        ("redacted_thinking", {"data": None}),
        ("web_search_tool_result", {"tool_use_id": "a", "content": None}),
        ("container_upload", {}),
    ],
)
def test_a_block_without_a_field_that_a_request_needs_is_not_sent(type_: str, param: dict[str, Any]) -> None:
    assert not has_required_fields(type_, param)
    text = Block("text", parts=["Hi"], is_closed=True)
    blocks = [Block(type_, param, is_closed=True), text]
    assert build_messages([Turn("t1", "assistant", blocks=blocks)], is_running=True) == [
        {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
    ]


@pytest.mark.parametrize("type_", ["text", "novelty"])
def test_a_block_of_any_other_type_needs_no_field(type_: str) -> None:
    assert has_required_fields(type_, {})


def test_a_call_without_its_name_takes_its_result_with_it() -> None:
    call = Block("tool_use", {"id": "a", "name": None}, ["{}"], is_closed=True)
    result = Block("tool_result", {"tool_use_id": "a", "content": "1"}, is_closed=True)
    assert build_messages([Turn("t1", "assistant", blocks=[call, result])]) == []


def test_a_citation_without_a_field_that_a_request_needs_is_left_out() -> None:
    whole = {"type": "char_location", "cited_text": "so", "document_title": None}
    assert complete_citations([whole, {**whole, "cited_text": None}, None]) == [whole]
    assert complete_citations([None]) is None
    assert complete_citations(None) is None
    block = Block("text", {"citations": [None]}, ["Hi"])
    assert block.to_param() == {"type": "text", "text": "Hi"}


def test_the_settings_of_a_documents_citations_are_sent() -> None:
    settings = {"citations": {"enabled": True}, "source": {"type": "text"}}
    assert Block("document", settings).to_param() == {"type": "document", **settings}
