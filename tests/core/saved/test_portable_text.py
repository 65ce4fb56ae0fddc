"""Text that is the same on the page and in nbconvert; the fixture of `safe_markdown` tests both languages."""

from __future__ import annotations

import re
import time

import pytest
from renderers import RENDERERS

from nbstream.core.saved.portable_text import close_cells, write_out, write_strong, write_tildes
from nbstream.core.saved.safe_markdown import make_safe


def page(text: str) -> str:
    return RENDERERS["nbconvert"](make_safe(text))


def test_a_comparison_is_no_quote() -> None:
    assert "<blockquote" not in page("- > 25: rich\n- >= 10\n  - > $3")
    assert "<blockquote" in page("- > a")


def test_single_tildes_strike_nothing() -> None:
    assert "<del>" not in page("泡3~5分钟，再等10~20分钟。")
    assert page("~~two~~ 3~5") == "<p><del>two</del> 3~5</p>\n"


def test_an_address_ends_before_the_punctuation_of_another_script() -> None:
    for text in ("看 https://a.b/c。这", "“https://a.b/c”—twice", "**https://a.b/c**。"):
        assert re.findall('href="([^"]*)"', page(text)) == ["https://a.b/c"]


def test_formulas_and_code_are_whole_in_a_cell() -> None:
    html = page("| a | b |\n|---|---|\n| x | $P(A|B)$ |\n| `a|b` | y |")
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td>(.*?)</td>", html)]
    assert cells == ["x", r"$P(A\vert B)$", "a|b", "y"]


def test_emphasis_beside_cjk_characters_is_strong() -> None:
    html = page("请记住**先保存。**然后。이것은 **중요(필독)**입니다. **`npm publish`**를")
    strong = [re.sub("<[^>]*>", "", part) for part in re.findall("<strong>(.*?)</strong>", html)]
    assert strong == ["先保存。", "중요(필독)", "npm publish"]


@pytest.mark.parametrize("text", ["`**。**中`", "中 a ** b", "中 **a b**", "**“a”**b 中", "中\\**。**文"])
def test_other_stars_stay_as_they_are(text: str) -> None:
    assert write_strong(text) == text


def test_a_row_that_would_still_have_too_few_cells_stays_as_it_is() -> None:
    table = ["| a | b | c |", "|-|-|-|", "| `x|y` | z | $a|b$ | d|"]
    assert close_cells(table)[2] == "| <code>x&#124;y</code> | z | $a\\vert b$ | d|"
    few = ["| a | b | c |", "|-|-|-|", "| `x|y|z` | d |"]
    assert close_cells(few) == few


UNITS = [
    "~",
    "3~5 ",
    "**",
    "**。**中",
    "**`a`。**中",
    "https://",
    "https://a。",
    "<https://",
    "`a|b`",
    "$a|",
    "- >",
]


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_text(unit: str) -> None:
    def seconds(size: int) -> float:
        lines = ["| a |", "|-|", unit * (size // len(unit))]
        started = time.thread_time()
        close_cells(write_strong(write_tildes("\n".join(write_out(lines)))).split("\n"))
        return time.thread_time() - started

    assert min(seconds(40_000) for _ in range(3)) < 12 * min(seconds(10_000) for _ in range(3)) + 0.05
