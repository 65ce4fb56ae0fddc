from __future__ import annotations

import pytest
from growth import grows_with_text
from renderers import RENDERERS

from nbstream.core.saved.portable.cells import close_cells
from nbstream.core.saved.portable.emphasis import write_emphasis
from nbstream.core.saved.portable.links import write_links
from nbstream.core.saved.portable.text import write_comparison, write_hidden, write_tildes
from nbstream.core.saved.safe_markdown import make_safe


def page(text: str) -> str:
    return RENDERERS["nbconvert"](make_safe(text))


def test_a_comparison_is_no_quote() -> None:
    assert "<blockquote" not in page("- > 25: rich\n- >= 10\n  - > $3")
    assert "<blockquote" in page("- > a")


def test_single_tildes_strike_nothing() -> None:
    assert "<del>" not in page("泡3~5分钟，再等10~20分钟。")
    assert page("~~two~~ 3~5") == "<p><del>two</del> 3~5</p>\n"
    assert write_tildes("about ~5") == "about ~5"


def test_characters_that_turn_or_hide_the_text_beside_them_are_written_as_numbers() -> None:
    assert write_hidden("a\u202eb\u2066c\U000e0041\0\ud800") == "a‹U+202E›b‹U+2066›c‹U+E0041›\ufffd\ufffd"
    assert write_hidden("1\u200f2") == "1‹U+200F›2"
    flag = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    for text in (f"{flag} ❤️", "ש\u200f!", "می\u200cخواهم", "a\u200bb"):
        assert write_hidden(text) == text


def test_such_characters_are_written_out_in_code_too() -> None:
    assert "\u202e" not in page("`a\u202eb`\n\n```python\nx = 'a\u202eb'\n```\n\n| \u2066 |\n| --- |\n")


UNITS = [
    "~",
    "3~5 ",
    "*",
    "**",
    "**。**中",
    "**`a`。**中",
    "***。***中",
    "~~**",
    "https://",
    "https://a。",
    "<https://",
]
UNITS += [
    "https://a]",
    "[https://a]",
    "![a](https://",
    "![",
    "](",
    "a@",
    "a@1.",
    "a\\_",
    "a\\_@b.",
    "<a@b",
    "a.b-",
]
UNITS += ["`a|b`", "`a\\|b`", "$a|", "- >", "\u202e", "🏴\U000e0067"]


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_text(unit: str) -> None:
    def make(chars: int) -> str:
        return "\n".join(["| a |", "|-|", unit * (chars // len(unit))])

    def write(text: str) -> None:
        text = write_links("\n".join(map(write_comparison, write_hidden(text).split("\n"))))
        close_cells(write_emphasis(write_tildes(text)).split("\n"))

    assert grows_with_text(write, make, 10_000, 40_000)
