"""HTML that passes into the saved text: a few tags without attributes, each with its partner."""

from __future__ import annotations

import pytest
from growth import TAG_UNITS, grows_with_text, texts_of_tags
from renderers import RENDERERS

from nbstream.core.saved.safe_markdown import make_safe

CASES = {
    "H<sub>2</sub>O x<SUP >2</SUP>": "H<sub>2</sub>O x<sup>2</sup>",
    "<b>a</b> <i>b</i> <s>c</s> <strike>d</strike>": "<strong>a</strong> <em>b</em> <del>c</del> <del>d</del>",
    "<u>a</u> <mark>b</mark> <small>c</small>": "<ins>a</ins> <mark>b</mark> <small>c</small>",
    "|a<br>b|\n|-|\n|c<br/>d<br />e|": "|a<br>b|\n|-|\n|c<br>d<br>e|",
    "a<br>b": "a<br>b",
    "<br>": "\u200b<br>",
    "<code>a*b &lt; c</code>": "`a*b < c`",
    "<code>`a`</code>": "`` `a` ``",
    "<code>a\nb</code>": "`a b`",
    "a <!-- b --> c": "a  c",
    "a\n<!-- b\n- c -->\nd": "a\n\u200b\nd",
    "<!-- a -->": "\u200b",
}

TEXTS = {
    "Use <b> for bold.": "Use &lt;b> for bold.",
    "a</b>": "a&lt;/b>",
    '<b class="x">a</b>': '&lt;b class="x">a&lt;/b>',
    "<b>a <i>b</b> c</i>": "<strong>a &lt;i>b</strong> c&lt;/i>",
    "- <b>a\n- b</b>": "- &lt;b>a\n- b&lt;/b>",
    "|a|b|\n|-|-|\n|<b>|</b>|": "|a|b|\n|-|-|\n|&lt;b>|&lt;/b>|",
    "<sub/>a</br>": "&lt;sub/>a&lt;/br>",
    "[a](http://x/<b>y</b>)": "[a]&#40;http://x/<strong>y</strong>)",
    "<code></code> <code>a": "&lt;code>&lt;/code> &lt;code>a",
    "a <!-- b\n\nc -->": "a &lt;!-- b\n\nc -->",
    "\\<b>a\\</b>": "&lt;b>a&lt;/b>",
    "$a<b>c</b>$": "$a< b>c< /b>$",
}


@pytest.mark.parametrize(("text", "safe"), [*CASES.items(), *TEXTS.items()])
def test_a_tag_passes_only_with_its_partner(text: str, safe: str) -> None:
    assert make_safe(text) == safe


@pytest.mark.parametrize("renderer", RENDERERS)
def test_renderers_show_the_elements(renderer: str) -> None:
    html = RENDERERS[renderer](make_safe("**H<sub>2</sub>O** <u>*a*</u>\n<b>b</b>\n\n<kbd>\n*c*\n</kbd>"))
    assert "<strong>H<sub>2</sub>O</strong> <ins><em>a</em></ins>" in html
    assert "<strong>b</strong>" in html
    assert "<em>c</em>" in html


@pytest.mark.parametrize("unit", TAG_UNITS)
def test_time_grows_with_the_text(unit: str) -> None:
    assert grows_with_text(make_safe, texts_of_tags(unit), 10_000, 160_000)


def test_the_line_of_a_comment_is_not_read_for_every_comment() -> None:
    assert grows_with_text(make_safe, lambda chars: "<!---->" * (chars // 7), 20_000, 640_000)
