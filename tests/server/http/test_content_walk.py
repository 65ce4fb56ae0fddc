"""The walk over a request: each item comes once, with its place and its level."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.server.http.content_walk import Place, walk_content

PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["base64", "url", "tool_use", "text", "source", "data"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "source", "data", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def places_of(value: Any) -> dict[str, Place]:
    """The place of each text in a value; each text must be in it once."""
    return {item: place for item, place, _ in walk_content([value]) if isinstance(item, str)}


def count_items(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(count_items, value.values()))
    return 1 + sum(map(count_items, value)) if isinstance(value, list) else 1


@pytest.mark.parametrize(
    ("value", "text", "place"),
    [
        ({"text": "Hi"}, "Hi", Place.CONTENT),
        ({"name": "Hi"}, "name", Place.FIELD_NAME),
        ({"type": "tool_use", "input": {"a": ["Hi"]}}, "Hi", Place.CALL_FIELD),
        ({"type": "mcp_tool_use", "input": {"source": PDF}}, "JVBERi0=", Place.CALL_FIELD),
        ({"type": "document", "source": PDF}, "application/pdf", Place.FILE_SOURCE),
        ({"type": "document", "source": PDF}, "JVBERi0=", Place.FILE_BYTES),
        ({"type": "image", "source": {"type": "url", "url": "http://a"}}, "http://a", Place.FILE_SOURCE),
        ({"type": "document", "source": PDF, "title": "Hi"}, "Hi", Place.CONTENT),
        ({"type": "document", "source": {"type": "text", "data": "Hi"}}, "Hi", Place.CONTENT),
        ({"type": "document", "source": {"content": [{"source": PDF}]}}, "JVBERi0=", Place.FILE_BYTES),
        (PDF, "JVBERi0=", Place.LOOSE_BYTES),
        ({"type": "base64", "data": ["Hi"]}, "Hi", Place.CONTENT),
        ({"type": ["base64"], "data": "Hi"}, "Hi", Place.CONTENT),
    ],
)
def test_each_text_has_its_place(value: Any, text: str, place: Place) -> None:
    assert places_of(value)[text] is place


def test_levels_are_counted_from_one_and_a_name_is_as_deep_as_its_value() -> None:
    levels = {str(item): level for item, _, level in walk_content(["a", {"b": ["c"]}])}
    assert levels == {"a": 1, "{'b': ['c']}": 1, "b": 2, "['c']": 2, "c": 3}


def test_depth_costs_no_stack() -> None:
    value: Any = "Hi"
    for _ in range(100_000):
        value = [value]
    *_, last = walk_content([value])
    assert last == ("Hi", Place.CONTENT, 100_001)


@given(JSON)
def test_each_item_comes_once(value: Any) -> None:
    assert sum(1 for _ in walk_content([value])) == count_items(value)
