"""JSON that may not be complete; more in test_output_markdown.py."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.saved.partial_json import JsonNode, PartialJson, parse_partial

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def value_of(node: JsonNode) -> Any:
    assert node.is_complete
    if node.kind == "string":
        return node.text
    if node.kind == "literal":
        return json.loads(node.text)
    items = [value_of(item) for item in node.items]
    return items if node.kind == "array" else dict(zip(node.keys, items, strict=True))


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_complete_json_is_read_as_pythons_own_parser_reads_it(
    value: Any, is_ascii: bool, indent: int | None
) -> None:
    parsed = parse_partial(f" {json.dumps(value, ensure_ascii=is_ascii, indent=indent)}\n")
    assert parsed.root is not None
    assert value_of(parsed.root) == value
    assert parsed.rest == ""


@given(st.text(st.sampled_from('{}[]:,"\\ut019afrue .-x\n'), max_size=40))
def test_any_text_is_read_without_an_error_and_valid_json_has_no_rest(text: str) -> None:
    parsed = parse_partial(text)
    try:
        value = json.loads(text, strict=False)
    except ValueError:
        return
    assert parsed.root is not None
    assert (value_of(parsed.root), parsed.rest) == (value, "")


def test_a_number_counts_when_it_can_grow_no_more() -> None:
    assert parse_partial("[12").root == JsonNode("array")
    whole = JsonNode("literal", "12", is_complete=True)
    assert parse_partial("[12,").root == JsonNode("array", items=[whole])
    assert parse_partial("12") == PartialJson(whole, "")
    assert parse_partial("12.") == PartialJson(JsonNode("literal", "12"), "")
