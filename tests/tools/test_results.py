"""Tests of tools' results: any value becomes a result that the API takes, without an error of ours."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy
import pandas
import pytest
from anthropic.lib.tools.mcp import mcp_content
from anthropic.types import TextBlock
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.types import TextContent
from PIL import Image

from nbstream.content.attachments import to_blocks
from nbstream.tools.results import MAX_RESULT_CHARS, ToolResult, result_of

HI = {"type": "text", "text": "Hi"}


def params(value: object) -> list[dict[str, Any]]:
    """Convert a value as in a prompt, and return its blocks as the API takes them."""
    return [block.param for block in to_blocks(value, "It") or []]


class Odd:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Drawn(matplotlib.figure.Figure):
    def savefig(self, *args: object, **options: object) -> None:
        raise RuntimeError("no ink")


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("text", "text"),
        ("", ""),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "zwei", None], '[1, "zwei", null]'),
        ((1, 2), "[1, 2]"),
        ({"größe": [1]}, '{"größe": [1]}'),
        (numpy.int64(3), "3"),
        ({"n": numpy.float32(0.5), "a": numpy.array([1, 2])}, '{"n": 0.5, "a": "array([1, 2])"}'),
        ({"day": datetime.date(2026, 1, 2)}, '{"day": "datetime.date(2026, 1, 2)"}'),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        ({1, 2}, "{1, 2}"),
        (numpy.array([1, 2]), "array([1, 2])"),
        (Path("a/b.csv"), "a/b.csv"),
        (Odd(), "<Odd>"),
        ([Odd()], "<list>"),
        ("half \ud83d", "half \ufffd"),
        ({"type": "text", "value": 3}, '{"type": "text", "value": 3}'),
        ({"type": "image", "source": "disk"}, '{"type": "image", "source": "disk"}'),
        ({"type": ["text"]}, '{"type": ["text"]}'),
    ],
)
def test_a_value_without_rich_content_is_text(value: object, content: str) -> None:
    assert result_of(value) == ToolResult(content)


def test_a_list_that_holds_itself_is_shown() -> None:
    value: list[object] = []
    value.append(value)
    assert result_of(value) == ToolResult("[[...]]")


def test_images_figures_tables_and_bytes_are_as_in_a_prompt() -> None:
    figure = matplotlib.figure.Figure(figsize=(1, 1))
    table = pandas.DataFrame({"a": [1]})
    for value in (Image.new("L", (2, 2)), figure, table):
        result = result_of(value)
        assert (result.content, result.is_complete) == (params(value), True)


def test_bytes_of_text_are_text_and_no_document() -> None:
    assert result_of(b"a,b\n1,2") == ToolResult([{"type": "text", "text": "a,b\n1,2"}])
    assert len(result_of(b"x" * 200_000).content[0]["text"]) < MAX_RESULT_CHARS + 100


def test_content_blocks_go_as_they_are() -> None:
    found = {"type": "search_result", "source": "a", "title": "b", "content": [HI]}
    assert result_of(found) == ToolResult([found])
    assert result_of([HI, found]) == ToolResult([HI, found])
    assert result_of(TextBlock(type="text", text="Hi")).content[0]["text"] == "Hi"


def test_a_block_of_an_mcp_server_is_sent_as_it_is() -> None:
    block = mcp_content(TextContent(type="text", text="Hi"))
    assert result_of([block]) == ToolResult([{"type": "text", "text": "Hi"}])


def test_a_list_may_mix_all_of_them() -> None:
    image = Image.new("L", (2, 2))
    result = result_of(["Hi", image, " ", {"n": 1}])
    assert result.content == [HI, *params(image), {"type": "text", "text": '{"n": 1}'}]
    assert result.is_complete


def test_a_result_brings_its_preview_along() -> None:
    table = pandas.DataFrame({"a": [1]})
    assert result_of(table).preview == {"markdown": True}
    assert result_of("pandas DataFrame, 1 row × 1 column").preview == {}
    [picture] = result_of(["Hi", Image.new("L", (3, 2))]).preview["images"]
    assert (picture["kind"], picture["width"], picture["height"]) == ("image", 3, 2)
    assert result_of("text").preview == {}


def test_a_value_that_cannot_be_sent_or_drawn_is_an_error_text_and_no_success() -> None:
    unknown = result_of(b"MZ\x90\x00\x03")
    assert "5 bytes of a kind that Claude does not take" in unknown.content[0]["text"]
    assert not unknown.is_complete
    no_ink = {"type": "text", "text": "no ink"}
    assert result_of(Drawn()) == result_of([Drawn()]) == ToolResult([no_ink], is_complete=False)
    assert result_of(["Hi", Drawn(), HI]) == ToolResult([HI, no_ink, HI], is_complete=False)


def test_long_text_is_cut_with_a_note() -> None:
    text = result_of("x" * (MAX_RESULT_CHARS + 1_000)).content
    assert text.endswith("xxx\n… 1,000 of 101,000 characters left out")


@settings(deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.builds(object) | st.just(HI),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
))  # fmt: skip
def test_any_value_becomes_text_or_blocks_that_can_be_sent(value: object) -> None:
    content = result_of(value).content
    json.dumps(content).encode()
    assert isinstance(content, str) or all(block["type"] in ("text", "image", "document") for block in content)
