"""The sanitised Markdown in many renderers, and the fixture that both languages share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from growth import grows_with_text
from hypothesis import given
from hypothesis import strategies as st
from renderers import PIECES, RENDERERS, harm, hostile

from nbstream.core.saved.safe_markdown import as_code_block, make_safe

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "safe_markdown.json").read_text())

SEEDS = 2_500
"""Number of random texts per renderer. `python -m fuzz` tries any number of others, in more renderers."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_languages_write_the_same(case: dict[str, Any]) -> None:
    assert make_safe(case["text"]) == case["safe"]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_sanitised_text_is_inactive_in_every_renderer(renderer: str) -> None:
    render = RENDERERS[renderer]
    for seed in range(SEEDS):
        text = make_safe(hostile(seed))
        assert not harm(render(text)), f"{renderer}, {seed}: {text}"


PASSING = "br|code|del|em|ins|kbd|mark|small|span|strong|sub|sup"


@given(st.lists(st.sampled_from([*PIECES, "x", "é"]), max_size=12).map("".join))
def test_no_html_of_the_answers_is_left_outside_of_code(text: str) -> None:
    lines = iter(make_safe(text).split("\n"))
    for line in lines:
        if fence := re.match(r"[ \t]*(?:[-*+] +|\d+[.)] +)?(```+)[^`]*$", line):
            assert any(re.fullmatch(rf" *{fence[1]}", inner) for inner in lines), "a fence is closed"
        else:
            assert not re.search(rf"<(?!/?(?:{PASSING})>)(?=[A-Za-z/!?])", line)


@given(st.text(alphabet="abc <\n`", max_size=80))
def test_code_is_kept_exactly(text: str) -> None:
    html = RENDERERS["markdown-it"](as_code_block(text))
    code = html.removeprefix("<pre><code>").removesuffix("\n</code></pre>\n")
    assert code.replace("&lt;", "<") == text


def test_script_in_a_definition_list_is_text() -> None:
    text = "m\n: \n - ```\n><script>alert(1)</script>"
    assert not harm(RENDERERS["nbconvert"](make_safe(text)))


MACROS = [
    *(
        "href",
        "href ",
        "href %\n ",
        "url",
        "style",
        "class",
        "cssId",
        "data",
        "require",
        "mmlToken",
        "htmlClass",
        "html",
    ),
    *(
        "def",
        "gdef",
        "let",
        "newcommand",
        "renewcommand",
        "providecommand",
        "newenvironment",
        "DeclareMathOperator",
    ),
    *("unicode[a]", "unicode %\n[a]", "bbox[border:1px]", "bbox %\n[a:b]", "includegraphics"),
]


@pytest.mark.parametrize("name", MACROS)
@pytest.mark.parametrize(
    "form", ["${}$", "a $x+{}$ b", "$${}$$", "$$\n{}\n$$", "\\\\({}\\\\)", "\\\\[{}\\\\]", "{}"]
)
@pytest.mark.parametrize("backslash", ["\\", "&#92;", "&bsol;"])
def test_active_macro_is_no_macro_on_any_page(form: str, name: str, backslash: str) -> None:
    safe = make_safe(form.format(f"{backslash}{name}{{javascript:x}}{{y}}"))
    for render in RENDERERS.values():
        # MathJax reads the text of the finished page, except code.
        page = unescape(re.sub(r"<code>.*?</code>", "", render(safe), flags=re.S))
        assert f"\\{name[:3]}" not in page


@pytest.mark.parametrize(
    "formula", [r"\frac{a}{b}", r"\left\{a\right\}", r"\bbox[red]{a}", r"\unicode{65}", r"\lettera"]
)
def test_other_formulas_stay_as_they_are(formula: str) -> None:
    assert make_safe(f"${formula}$") == f"${formula}$"


UNITS = [
    *(
        "x",
        "`",
        "a`",
        "``` ",
        "`` ` ",
        "\\",
        "<",
        "[",
        "](",
        "\\[",
        "\\begin{a}",
        "\\begin{a}\\end{a}",
        "\\\\[",
        "$",
        "$$ ",
    ),
    *(
        "$a$ ",
        "$\\href{x}$ ",
        "\\href{",
        "\\a{",
        "\\a[",
        "\\bbox[a",
        "%",
        '"',
        "@&",
        "&#64;",
        "{",
        "{{",
        "[a]{b=",
        "`a`{b}",
    ),
    *(
        "^",
        "~",
        "^&#60;^",
        "https://",
        "](http://",
        "](http://x(",
        '](http://x "',
        "> ",
        "- ",
        "1. ",
        "\n[",
        "\n: a",
        ":::",
    ),
    *(
        "\n---",
        "--- ",
        "# a {b=c}\n",
        "```\n",
        "    ```\n",
        "\t",
        " ",
        "\n",
        "[^1]: a b\n",
        "[a]: http://x\n",
        "| ",
        "+-",
        "]:+-",
        "+-+ ",
    ),
]


def _repeated(unit: str, size: int) -> str:
    return unit * (size // len(unit))


TEXTS: dict[str, Callable[[int], str]] = {
    **{repr(unit): partial(_repeated, unit) for unit in UNITS},
    "backticks before text": lambda size: "`" * size + "a`",
    "runs of backticks that grow": lambda size: " ".join("`" * run for run in range(1, int((2 * size) ** 0.5))),
    "a fence of backticks": lambda size: "`" * (size // 2) + "\n" + "`" * (size // 2 - 1),
    "a deep quote": lambda size: ">" * (size // 2) + "```\n" + "> x\n" * (size // 8),
    "code in a deep list": lambda size: (
        "- " * (size // 8) + "a\n" + " " * (size // 4) + "```\n" + "x\n" * (size // 4)
    ),
    "code after a far marker": lambda size: " " * (size // 2) + "- ```\n" + "x\n" * (size // 4),
    "spaces in a formula": lambda size: "$$a" + " " * size + "b\n$$",
}
SHORT_CHARS, LONG_CHARS = 10_000, 160_000


@pytest.mark.parametrize("name", TEXTS)
def test_time_and_size_grow_with_the_text(name: str) -> None:
    def run(text: str) -> None:
        assert len(make_safe(text)) < 12 * len(text)

    assert grows_with_text(run, TEXTS[name], SHORT_CHARS, LONG_CHARS)
