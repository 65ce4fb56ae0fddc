"""The description of blocks for pages: useful to the user, small, and without secrets."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.block_info import (
    MAX_RESULT_CHARS,
    MAX_SOURCES,
    MAX_UNKNOWN_CHARS,
    PRIVATE_FIELDS,
    block_info,
    late_block_info,
)
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block

CITED = {"title": "A page", "url": "https://example.org/", "cited": "so it is"}


@pytest.mark.parametrize(
    ("type_", "param", "expected"),
    [
        ("text", {"citations": None}, {}),
        ("thinking", {"signature": "s"}, {}),
        ("redacted_thinking", {"data": "s"}, {}),
        ("compaction", {"content": None, "encrypted_content": "s"}, {}),
        ("tool_use", {"id": "a", "name": "add", "caller": {}}, {"id": "a", "name": "add"}),
        (
            "mcp_tool_use",
            {"id": "a", "name": "add", "server_name": "sums"},
            {"id": "a", "name": "add", "server": "sums"},
        ),
        ("tool_result", {"tool_use_id": "a", "content": "3"}, {"call": "a", "text": "3"}),
        (
            "tool_result",
            {"tool_use_id": "a", "content": "No", "is_error": True},
            {"call": "a", "text": "No", "error": True},
        ),
        ("tool_result", {"tool_use_id": "a"}, {"call": "a"}),
        ("tool_result", {"tool_use_id": "a", "is_error": True}, {"call": "a", "error": True}),
        (
            "mcp_tool_result",
            {
                "tool_use_id": "a",
                "is_error": False,
                "content": [{"type": "text", "text": "1"}, "?", {"type": "text", "text": "2"}],
            },
            {"call": "a", "text": "1\n2"},
        ),
        ("tool_result", {"tool_use_id": "a", "content": [{"type": "image", "source": {}}]}, {"call": "a"}),
        (
            "tool_result",
            {
                "tool_use_id": "a",
                "content": [{"type": "search_result", "source": "https://example.org/", "title": "A page"}],
            },
            {"call": "a", "sources": [{"title": "A page", "url": "https://example.org/"}]},
        ),
        (
            "web_search_tool_result",
            {
                "tool_use_id": "a",
                "content": [
                    {
                        "type": "web_search_result",
                        "url": "https://example.org/",
                        "title": "A page",
                        "page_age": "2 days",
                        "encrypted_content": "SECRET",
                    }
                ],
            },
            {"call": "a", "sources": [{"title": "A page", "url": "https://example.org/", "age": "2 days"}]},
        ),
        (
            "web_search_tool_result",
            {"tool_use_id": "a", "content": {"error_code": "max_uses_exceeded"}},
            {"call": "a", "error": "max_uses_exceeded"},
        ),
        (
            "web_fetch_tool_result",
            {"tool_use_id": "a", "content": {"url": "https://example.org/", "content": {"title": "A page"}}},
            {"call": "a", "sources": [{"title": "A page", "url": "https://example.org/"}]},
        ),
        (
            "code_execution_tool_result",
            {
                "tool_use_id": "a",
                "content": {
                    "stdout": "1\n",
                    "stderr": "!",
                    "return_code": 0,
                    "content": [{"file_id": "file_1"}, {}, None],
                },
            },
            {"call": "a", "output": "1\n", "errors": "!", "code": 0, "files": ["file_1"]},
        ),
        (
            "text_editor_code_execution_tool_result",
            {"tool_use_id": "a", "content": {"old": [1], "encrypted_stdout": "SECRET"}},
            {"call": "a", "text": json.dumps({"old": [1]}, indent=1)},
        ),
        (
            "image",
            {"source": {"type": "base64", "data": "SECRET"}},
            {"kind": "image"},
        ),
        ("image", {"source": {"url": "https://example.org/a.png"}}, {"kind": "image", "name": "https://example.org/a.png"}),
        ("document", {"title": "a.pdf", "source": {"file_id": "f"}}, {"kind": "document", "name": "a.pdf"}),
        ("document", {"source": "?"}, {"kind": "document"}),
        ("oracle", {"says": "ä", "signature": "SECRET", "none": None}, {"json": '{\n "says": "ä"\n}'}),
    ],
)  # fmt: skip
def test_each_kind_of_block_is_described(type_: str, param: dict[str, Any], expected: dict[str, Any]) -> None:
    assert block_info(type_, param) == expected


def test_the_citations_of_a_text_are_described_at_its_end() -> None:
    assert late_block_info({}) == late_block_info({"citations": None}) == {}
    found = {
        "type": "web_search_result_location",
        "title": "A page",
        "url": CITED["url"],
        "cited_text": "so it is",
    }
    page = {"document_title": "a.pdf", "start_page_number": 3, "cited_text": "x" * (MAX_UNKNOWN_CHARS + 1)}
    web, paper = late_block_info({"citations": [found, "?", page]})["citations"]
    assert web == CITED
    assert (paper["title"], paper["page"]) == ("a.pdf", 3)
    assert len(paper["cited"]) < MAX_UNKNOWN_CHARS + 100


def test_long_text_is_cut_and_tells_how_much_is_left_out() -> None:
    text = block_info("tool_result", {"content": "x" * (MAX_RESULT_CHARS + 1234)})["text"]
    assert text == "x" * MAX_RESULT_CHARS + "\n… 1,234 more characters"
    many = block_info("tool_result", {"content": [{"url": str(n)} for n in range(MAX_SOURCES + 5)]})
    assert [source["url"] for source in many["sources"]] == [str(n) for n in range(MAX_SOURCES)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "title", "url", "source", "error_code", "file_id", "id"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
        | st.fixed_dictionaries({name: st.just("SECRET") for name in PRIVATE_FIELDS})
    ),
    max_leaves=12,
)
PARAMS = st.dictionaries(st.sampled_from(["content", "source", "citations", "is_error", "id", "name", "x"]), JSON)
KINDS = st.sampled_from(
    ["text", "tool_use", "tool_result", "web_search_tool_result", "image", "document", "oracle", "thinking"]
)


@given(KINDS, PARAMS)
def test_every_description_is_small_and_keeps_secrets(type_: str, param: dict[str, Any]) -> None:
    description = json.dumps([block_info(type_, param), late_block_info(param)])
    assert "SECRET" not in description
    assert len(description) < 10 * MAX_RESULT_CHARS


def test_a_table_of_another_chat_is_shown_as_a_table_again() -> None:
    block = Block("text", parts=["| a |"], data={"markdown": True})
    assert block_info(*Block.split(json.loads(json.dumps(block.to_param())))) == {}
    assert block_info(*Block.split(block.to_param())) == {"markdown": True}
    transcript = Transcript()
    transcript.add_turn("user", [block.to_param()])
    [message] = transcript.messages()
    assert message == {"role": "user", "content": "| a |"}
    again = Transcript()
    again.add_turn("user", copy.deepcopy(message)["content"])
    assert again.turns[0].blocks[0].is_table
