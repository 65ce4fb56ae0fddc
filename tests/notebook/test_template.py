"""Doubled braces that are filled in, and everything that stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from nbstream.notebook.template import TemplateError, fill_template

NAMES = {"x": 3, "name": "Ada", "rows": [1, 2, 3], "total": 1234.5, "d": {"}}": "brace", "k": "v"}, "a": 1, "b": 2}


def filled(text: str, names: dict[str, Any] = NAMES) -> str:
    """Fill in a text that has no attachments."""
    [part] = fill_template(text, names)
    assert isinstance(part, str)
    return part


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no braces", "no braces"),
        ("{{x}}", "3"),
        ("{{ x }}", "3"),
        ("a {{x}} b {{name}} c", "a 3 b Ada c"),
        ("{{x + 1}}{{len(rows)}}", "43"),
        ("{{rows[1:2]}} {{rows}}", "[2] [1, 2, 3]"),
        ("{{total:.2f}} {{total:,}} {{x:03d}} {{x:>4}}|{{total:+.1e}}", "1234.50 1,234.5 003    3|+1.2e+03"),
        ("{{name!r}} {{name!s:>5}} {{name!a}}", "'Ada'   Ada 'Ada'"),
        ("{{d['k']}} {{d['}}']}}", "v brace"),
        ("{{ {'q': x}['q'] }}", "3"),
        ("{{ {'q': x}}}", "{'q': 3}"),
        ("{{x}}}", "3}"),
        ("{{'a' if x else 'b'}}", "a"),
        ("{{[y for y in rows]}}", "[1, 2, 3]"),
        ("run_{{x}}.csv costs $5, {{name}}", "run_3.csv costs $5, Ada"),
        ("**{{name}}** `code` {{x}}", "**Ada** `code` 3"),
        ("```\n{{x}}\n```\n{{x}}", "```\n{{x}}\n```\n3"),
        ("`unclosed {{x}}\n\n`{{x}}`", "`unclosed 3\n\n`{{x}}`"),
        ("US$ {{x}} and $ {{x}}", "US$ 3 and $ 3"),
    ],
)
def test_doubled_braces_are_filled_in(text: str, expected: str) -> None:
    assert filled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{}}",
        "{{ }}",
        "{{",
        "}}",
        "{{x",
        "{{x}",
        "{{\nx\n}}",
        "{x}",
        'print(f"next is {rows.pop()}")',
        "{{1, 2}}",
        "{{a, b}}",
        "{{'text'}}",
        "{{ color: red; }}",
        "{{#each rows}}",
        "{{x = 1}}",
        "{{x\0}}",
        "`{{x}}`",
        "``a ` {{x}}``",
        "```python\n{{x}}\n```",
        "~~~\n{{x}}\n",
        "    ```\n```\n{{x}}\n\n{{x}}\n````",
        r"$\frac{{a}}{{b}}$",
        "$$\n{{x}}\n$$",
        r"\({{x}}\) and \[{{x}}\]",
        r"\frac{{a}}{{b}} and \mathbb{{x}}",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert filled(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{missing}}", r"\{\{missing\}\} in the text .*NameError.*between backticks \(`\{\{missing\}\}`\)"),
        ("{{id}}", "NameError"),
        ("{{x / 0}}", "ZeroDivisionError"),
        ("{{name:.2f}}", "ValueError"),
        ("{{rows[9]}}", "IndexError"),
        ("{{await x}}", "SyntaxError"),
    ],
)
def test_an_expression_that_fails_names_itself_its_error_and_the_way_to_keep_it(text: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        fill_template(text, NAMES)


def test_pasted_code_calls_nothing() -> None:
    items = [1, 2]
    text = 'print(f"next is {items.pop()}")\n```\n{{items.pop()}}\n```\nand `{{items.pop()}}`'
    assert filled(text, {"items": items}) == text
    assert items == [1, 2]


def test_a_figure_a_table_and_a_file_alone_on_their_lines_go_as_such() -> None:
    figure, table, path = Figure(), pandas.DataFrame({"a": [1]}), Path("a.csv")
    names = {"figure": figure, "table": table, "path": path, "x": 3}
    text = "Compare {{x}}:\n  {{figure}}\nwith\n{{table}}\n\nand\n{{path}}"
    assert fill_template(text, names) == ["Compare 3:", figure, "with", table, "and", path]
    assert fill_template("{{table}}", names) == [table]


def test_within_a_line_or_with_a_format_they_are_text() -> None:
    names = {"table": pandas.DataFrame({"a": [1]}), "path": Path("a.csv"), "text": "a\nb"}
    assert filled("See {{path}}.", names) == "See a.csv."
    assert filled("{{path!s}}", names) == "a.csv"
    assert filled("{{text}}", names) == "a\nb"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 2]))
def test_json_of_any_kind_stays_as_it_is(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    if "{{" not in text:
        assert filled(text) == text


@given(st.text(st.sampled_from('{}x1a",: \n\\`$~()[]')))
def test_single_braces_stay_whatever_stands_around_them(text: str) -> None:
    while "{{" in text:
        text = text.replace("{{", "{")
    assert filled(text) == text


@given(st.text(st.sampled_from("{}x \n`~$")))
def test_fenced_code_stays_whatever_it_holds(text: str) -> None:
    fenced = f"~~~~~\n{text.replace('~', '')}\n~~~~~"
    assert filled(fenced) == fenced


@pytest.mark.parametrize("piece", ["{{x:1;", "{{x}", "`" * 3 + " ", "$x ", r"\(", r"\a{{x}}", "{{ {x: "])
def test_a_long_line_of_openers_takes_no_time_to_speak_of(piece: str) -> None:
    text = piece * 2_000 + "}" * 2_000
    filled(text, {"x": "{{x}}"}) if "x}}" in piece else filled(text)
