"""The sanitised Markdown in many renderers, and the fixture that both languages share."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from renderers import PIECES, RENDERERS, harm, hostile

from nbstream.core.safe_markdown import as_code_block, make_safe

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "safe_markdown.json").read_text())

SEEDS = 3_000
"""Number of random texts per renderer. 860,000 others were tried when the sanitiser was written."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_write_the_same(case: dict[str, Any]) -> None:
    assert make_safe(case["text"]) == case["safe"]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_sanitised_text_is_inactive_in_every_renderer(renderer: str) -> None:
    render = RENDERERS[renderer]
    for seed in range(SEEDS):
        text = make_safe(hostile(seed))
        assert not harm(render(text)), f"{renderer}, {seed}: {text}"


@given(st.lists(st.sampled_from([*PIECES, "x", "é"]), max_size=12).map("".join))
def test_no_html_of_the_answers_is_left_outside_of_code(text: str) -> None:
    lines = iter(make_safe(text).split("\n"))
    for line in lines:
        if fence := re.match(r"[ \t]*(?:[-*+] +|\d+[.)] +)?(```+)[^`]*$", line):
            assert any(re.fullmatch(rf" *{fence[1]}", inner) for inner in lines), "a fence is closed"
        else:
            assert not re.search(r"<(?!/?code>)(?=[A-Za-z/!?])", line)


@given(st.text(alphabet="abc <\n`", max_size=80))
def test_code_is_kept_exactly(text: str) -> None:
    html = RENDERERS["markdown-it"](as_code_block(text))
    code = html.removeprefix("<pre><code>").removesuffix("\n</code></pre>\n")
    assert code.replace("&lt;", "<") == text


@pytest.mark.parametrize(
    "unit", ["\\", "<", "[", "](", "\\[", "\\begin{a}", "$", '"', "`", "a`", "> ", "- ", "\n[", "@&"]
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    make_safe(text)
    assert time.perf_counter() - started < 5
