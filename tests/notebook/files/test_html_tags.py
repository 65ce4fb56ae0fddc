"""The few tags of an answer in the HTML file: elements with their partner, text without."""

from __future__ import annotations

import re

import pytest
from growth import TAG_UNITS, grows_with_text, texts_of_tags

from nbstream.notebook.files.html_file import _renderer

CASES = {
    "H<sub>2</sub>O x<SUP >2</SUP>": "H<sub>2</sub>O x<sup>2</sup>",
    "<b>a</b> <strike>d</strike> <u>e</u>": "<strong>a</strong> <del>d</del> <ins>e</ins>",
    "a<br>b<br />c": "a<br />\nb<br />\nc",
    "<code>a*b &lt; c</code>": "<code>a*b &lt; c</code>",
    "a <!-- *b* --> c": "a  c",
    "<b>**a**</b>": "<strong><strong>a</strong></strong>",
    "**<kbd>a</kbd>**": "<strong><kbd>a</kbd></strong>",
    "[<b>a</b>](http://x)": '<a href="http://x" rel="noopener noreferrer"><strong>a</strong></a>',
    "<details open><summary>a</summary>b</details>": "<strong>a</strong>b",
}
TEXTS = {
    "Use <b> for bold.": "Use &lt;b&gt; for bold.",
    "a</b>": "a&lt;/b&gt;",
    '<b class="x">a</b>': "&lt;b class=&quot;x&quot;&gt;a&lt;/b&gt;",
    "<b>a <i>b</b> c</i>": "<strong>a &lt;i&gt;b</strong> c&lt;/i&gt;",
    "**<b>a** b</b>": "<strong>&lt;b&gt;a</strong> b&lt;/b&gt;",
    "<b>**a</b>**": "&lt;b&gt;<strong>a&lt;/b&gt;</strong>",
    "<code> </code><code>a": "&lt;code&gt; &lt;/code&gt;&lt;code&gt;a",
    "<sub/>a</br></details/>": "&lt;sub/&gt;a&lt;/br&gt;&lt;/details/&gt;",
    "a <!-- b": "a &lt;!-- b",
    "<b open>a</b>": "&lt;b open&gt;a&lt;/b&gt;",
    "<script>a</script>": "&lt;script&gt;a&lt;/script&gt;",
}


@pytest.mark.parametrize(("text", "html"), [*CASES.items(), *TEXTS.items()])
def test_a_tag_is_an_element_only_with_its_partner(text: str, html: str) -> None:
    assert _renderer().render(text) == f"<p>{html}</p>\n"


def test_tags_in_two_cells_or_blocks_are_no_partners() -> None:
    html = _renderer().render("|<b>a|b</b>|\n|-|-|\n\n- <i>a\n- b</i>\n")
    assert "&lt;b&gt;a" in html
    assert not re.search("<(strong|em)>", html)


@pytest.mark.parametrize("unit", TAG_UNITS)
def test_a_long_text_of_tags_takes_no_longer_a_character(unit: str) -> None:
    assert grows_with_text(_renderer().render, texts_of_tags(unit), 5_000, 80_000)
