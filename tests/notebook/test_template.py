"""Braces that are filled in, and braces that stay."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.notebook.template import TemplateError, fill_template

NAMES = {"x": 3, "name": "Ada", "rows": [1, 2, 3], "total": 1234.5, "d": {"}": "brace", "k": "v"}, "a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("no braces", "no braces"),
        ("{x}", "3"),
        ("{ x }", "3"),
        ("a {x} b {name} c", "a 3 b Ada c"),
        ("{x + 1}{len(rows)}", "43"),
        ("{rows[1:2]} {rows}", "[2] [1, 2, 3]"),
        ("{total:.2f} {total:,} {x:03d} {x:>4}|{total:+.1e} {x:.0%}", "1234.50 1,234.5 003    3|+1.2e+03 300%"),
        ("{name!r} {name!s:>5} {name!a}", "'Ada'   Ada 'Ada'"),
        ("{d['k']} {d['}']}", "v brace"),
        ("{ {'q': x}['q'] }", "3"),
        ("{{x}} {{{x}}} {{}}", "{x} {3} {}"),
        ("{'a' if x else 'b'}", "a"),
        ("{x if x != 2 else 0}", "3"),
        ("{[y for y in rows]}", "[1, 2, 3]"),
        ('{{"who": "{name}", "in": {{"n": {x}}}}}', '{"who": "Ada", "in": {"n": 3}}'),
        ('{"who": "{name}"}', '{"who": "Ada"}'),
    ],
)
def test_expressions_are_filled_in(text: str, filled: str) -> None:
    assert fill_template(text, NAMES) == filled


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{ }",
        "{",
        "}",
        "}}",
        "{x",
        "{\nx\n}",
        '{"a": 1}',
        '{"a": {"b": 1}}',
        '{"a": [{"b": {}}]}',
        "{1, 2}",
        "{a, b}",
        r"\frac{1}{2}",
        "p { color: red; }",
        "p {color:red}",
        "{x: 1}",
        "{k: v for k, v in d}",
        "{y for y in rows}",
        "function () { return x; }",
        "if (x) { y(); }",
        "{x; y}",
        "{x = 1}",
        "{!r}",
        "{:>3}",
        "{1:>3}",
        "{'text'}",
        "{x\0}",
        r'{"\d"}',
    ],
)
def test_other_braces_stay_as_they_are(text: str) -> None:
    assert fill_template(text, NAMES) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{missing}", r"\{missing\} in the text .*NameError.*Write \{\{missing\}\}"),
        (r"\mathbb{R}", r"\{R\}"),
        ("{x / 0}", "ZeroDivisionError"),
        ("{name:.2f}", "ValueError"),
        ("{rows[9]}", "IndexError"),
        ("/users/{id}", "NameError"),
        ("{await x}", "SyntaxError"),
    ],
)
def test_an_expression_that_fails_is_named_with_the_way_to_keep_its_braces(text: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        fill_template(text, NAMES)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="{}")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_characters="{}")), inner),
)


@given(VALUES, st.sampled_from([None, 2]))
def test_json_of_any_kind_stays_as_it_is(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert fill_template(text, NAMES) == text


@given(st.text(st.sampled_from('{}x1a",: \n\\')))
def test_braces_that_read_no_name_stay_whatever_they_hold(text: str) -> None:
    text = re.sub("[xa]", "", text)
    while "{{" in text:
        text = text.replace("{{", "{")
    assert fill_template(text, NAMES) == text


NESTED = st.recursive(
    st.text(st.characters(exclude_characters="{}")),
    lambda inner: st.lists(inner).map(lambda parts: "{" + "".join(parts) + "}"),
)


@given(NESTED)
def test_doubled_braces_give_any_text_itself(text: str) -> None:
    assert fill_template(text.replace("{", "{{").replace("}", "}}"), NAMES) == text


def test_a_long_line_of_braces_takes_no_time_to_speak_of() -> None:
    text = "{x:1;" * 2_000 + "}" * 2_000
    assert fill_template(text, NAMES) == text
