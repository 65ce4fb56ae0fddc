"""Structured output as Markdown, and the fixture that both languages share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from renderers import RENDERERS

from nbstream.core.saved.output_markdown import output_markdown
from nbstream.core.saved.safe_markdown import make_safe

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "output_markdown.json").read_text())

TEXT = st.text(st.sampled_from("ab1 .-_*`[]()<>&$~|#!^{}@:\\/\n\"'wé😀"), max_size=12) | st.sampled_from(
    ["www.x.com", "https://x.y/a_b", "mailto:a@b.c", "1. x", "- x", "# x", "$1$ $2$"]
)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_write_the_same_markdown(case: dict[str, Any]) -> None:
    assert output_markdown(case["text"], case["columns"]) == case["markdown"]


@given(VALUES, st.sampled_from([{}, {"": [["a", 0], ["b", 1]]}]), st.sampled_from([None, 1]))
def test_the_markdown_of_a_part_is_the_beginning_of_the_whole(
    value: Any, columns: dict[str, Any], indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    whole = output_markdown(text, columns)
    before = ""
    for end in range(len(text) + 1):
        part = output_markdown(text[:end], columns)
        assert part.startswith(before)
        assert whole.startswith(part)
        before = part


@given(st.lists(st.fixed_dictionaries({"a": TEXT, "b": SCALARS}), min_size=1, max_size=3))
def test_a_table_shows_each_value_in_its_cell_and_nothing_of_a_value_is_a_mark(rows: list[dict[str, Any]]) -> None:
    markdown = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
    tokens = markdown.parse(output_markdown(json.dumps(rows), {"": [["a", 0], ["b", 0]]}))
    cells = [token for token in tokens if token.type == "inline"]
    children = {child.type for cell in cells for child in cell.children or ()}
    assert children <= {"text", "text_special"}
    shown = ["".join(child.content for child in cell.children or ()).split() for cell in cells]
    values = [row[name] for row in rows for name in ("a", "b")]
    texts = ["" if value is None else value if isinstance(value, str) else json.dumps(value) for value in values]
    assert shown == [["a"], ["b"], *(text.split() for text in texts)]


def test_a_long_answer_takes_no_time_to_speak_of() -> None:
    text = json.dumps([{"a": "x" * 40, "b": index} for index in range(500)])
    assert output_markdown(text, {}).count("\n") == 502
    assert output_markdown("[" * 10_000, {}) == "- …"


def test_brackets_of_a_value_are_no_formula_in_the_file() -> None:
    saved = make_safe(output_markdown('{"type": "dict[str, list[int]]", "x": "[1] or [2]"}', {}))
    assert "$" not in saved
    html = RENDERERS["nbconvert"](saved)
    assert "dict[str, list[int]]" in html
    assert "[1] or [2]" in html
