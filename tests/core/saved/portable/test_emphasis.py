from __future__ import annotations

import pytest

from nbstream.core.saved.portable.emphasis import write_emphasis


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("住**先。**然", "住<strong>先。</strong>然"),
        ("と*「b」*だ", "と<em>「b」</em>だ"),
        ("***都。***好", "<em><strong>都。</strong></em>好"),
        ("**注：***先*", "<strong>注：</strong>*先*"),
        ("**~~old~~**text", "<strong>~~old~~</strong>text"),
    ],
)
def test_emphasis_is_an_element_where_other_renderers_show_its_marks(text: str, written: str) -> None:
    assert write_emphasis(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "`**。**中`",
        "中 a ** b",
        "中 **a b**",
        "**“a”**b 中",
        "中\\**。**文",
        "中$a*（b）*c$",
        "a* b",
    ],
)
def test_other_stars_stay_as_they_are(text: str) -> None:
    assert write_emphasis(text) == text
