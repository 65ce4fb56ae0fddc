"""Tests of the rewriting by itself; `test_safe_markdown.py` tests it in whole texts."""

from __future__ import annotations

import pytest
from renderers import RENDERERS

from nbstream.core.saved.portable.formulas import insert_elements, rewrite, rewrite_alert
from nbstream.core.saved.safe_markdown import make_safe


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("One $5.", "One $5."),
        ("One \\$5.", "One \\$5."),
        ("One $$.", "One &#36;&#36;."),
        ("$5 or $6", "<span>&#36;</span>5 or <span>&#36;</span>6"),
        ("a `b` `` c ` d `` `", "a `b` `` c ` d `` `"),
        ("`a\n\nb` `c", "`a\n\nb` `c"),
        ("\\[a $$ b\\]", "\\[a &#36;&#36; b\\]"),
        (r"$\text{a_b_c} \textrm{d}$", r"$\text{a}\_\text{b}\_\text{c} \textrm{d}$"),
        ("a \\[x % b\n= y\\]", "a $$x = y$$"),
        ("\\(a\\) \\(b", "$a$ \\(b"),
        ("\\( \\)", "\\( \\)"),
        ("\\begin{CD}a", "\\begin{CD}a"),
        ("$$a b", "&#36;&#36;a b"),
        ("https://a.b/$c", "https://a.b/$c"),
        (f"$${'a' * 10_001}$$", f"<span>&#36;&#36;</span>{'a' * 10_001}<span>&#36;&#36;</span>"),
    ],
)
def test_paragraph_is_rewritten(text: str, written: str) -> None:
    assert insert_elements(rewrite(text)) == written


def test_alert_has_its_name_in_bold() -> None:
    assert rewrite_alert("> [!NOTE]") == ["> **Note**", ">"]
    assert rewrite_alert("> > [!tip] ") == ["> > **Tip**", "> >"]
    assert rewrite_alert("> [!OTHER]") == ["> [!OTHER]"]


def test_renderer_of_nbconvert_finds_the_formulas_and_no_other_dollar() -> None:
    html = RENDERERS["nbconvert"](
        make_safe("It costs $100 (in US$), \\(x\\).\n\n\\[\ny\n\\], so.\n\n```math\nz\n```")
    )
    plain = html.replace("<span>$</span>", "USD")
    assert plain.count("$") == 2 + 4 + 4
    assert "100 (in USUSD)" in plain
