"""Parts that a reader may fold: in the saved text a bold line and what follows."""

from __future__ import annotations

import pytest
from growth import grows_with_text

from nbstream.core.saved.safe_markdown import make_safe

CASES = {
    "<details>\n<summary>A</summary>\n\nb\n\n</details>\nc": "\n<strong>A</strong>\n\n\nb\n\n\nc",
    "<details><summary>A</summary>b</details>": "\n<strong>A</strong>\n\nb\n",
    "<details open>\n<summary>\nA\n</summary>\nc\n</DETAILS> d": "\n\u200b<strong>\nA\n\u200b</strong>\n\nc\n\nd",
    "a\n<details>b</details>\nc": "a\n\nb\n\nc",
    "> <details>\n> <summary>A</summary>\n> b\n> </details>": ">\n> <strong>A</strong>\n>\n> b\n>",
    "- <details><summary>A</summary>\n\n  b\n  </details>\n- c": "- <strong>A</strong>\n\n\n  b\n\n- c",
    "- <details>\n  <summary>A</summary>": "- \n  <strong>A</strong>\n",
    "<details><details>a</details>b</details>c": "\n\na&lt;/details>b&lt;/details>c",
    "<details>\n\n```\n</details>\n```\n</details>": "\n\n```\n</details>\n```\n\n",
    "<details><summary>a\n\nb</summary></details>": "\n&lt;strong>a\n\nb&lt;/summary>\n",
}

TEXTS = {
    "a\n</details>\nb": "a\n&lt;/details>\nb",
    "<summary>A</summary>": "&lt;summary>A&lt;/summary>",
    "<details>\na\n<summary>A</summary>": "\na\n&lt;summary>A&lt;/summary>",
    "<details class=x>\na": "&lt;details class=x>\na",
    "    <details>": "    &lt;details>",
    "<details>\n    </details>\na": "\n    &lt;/details>\na",
    "a <details>": "a &lt;details>",
}


@pytest.mark.parametrize(("text", "safe"), [*CASES.items(), *TEXTS.items()])
def test_a_part_that_may_be_folded_is_a_bold_line_and_what_follows(text: str, safe: str) -> None:
    assert make_safe(text) == safe


def test_parts_that_are_nested_too_deep_are_text() -> None:
    assert make_safe("<details>" * 30).count("&lt;details>") == 6


@pytest.mark.parametrize("unit", ["<details>", "<details>\n", "</details>", "<details><summary>", "\n</summary>"])
def test_time_grows_with_the_text(unit: str) -> None:
    def make(chars: int) -> str:
        return "<details><summary>" + unit * (chars // len(unit))

    assert grows_with_text(make_safe, make, 10_000, 40_000)
