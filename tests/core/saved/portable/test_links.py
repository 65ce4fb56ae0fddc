from __future__ import annotations

import pytest

from nbstream.core.saved.portable.links import write_links


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://a.b/c。", "[https://a.b/c](https://a.b/c)。"),
        ("<https://a.b>。", "[https://a.b](https://a.b)。"),
        ("[Source: https://a.b/c]", "[Source: [https://a.b/c](https://a.b/c)]"),
        ("[a](https://b.c/d[1])", "[a](https://b.c/d%5B1%5D)"),
        ("[a [b]](https://b.c/[1])", "[a [b]](https://b.c/%5B1%5D)"),
        ("![a](https://b.c) !![](https://d.e)", "[a](https://b.c) ![Image](https://d.e)"),
        ("react@18.2.0 vue@3.4.", "react\\@18.2.0 vue\\@3.4."),
        ("a\\_b@c.de <a_b@c.de>", "[a\\_b@c.de](mailto:a_b@c.de) [a\\_b@c.de](mailto:a_b@c.de)"),
    ],
)
def test_addresses_are_written_so_that_every_renderer_finds_their_ends(text: str, written: str) -> None:
    assert write_links(text) == written


@pytest.mark.parametrize(
    "text",
    [
        "https://a.b/c and a@b.cd",
        "[https://a.b](https://a.b) [https://a.b][] [https://a.b][c]",
        "[https://a.b]: https://c.d/e",
        "`react@18.2.0 https://a.b。` $a@1.2$",
        "\\![a](https://b.c) ![a](b) ![a][https://b] a@b @c",
        "plain",
    ],
)
def test_other_addresses_stay_as_they_are(text: str) -> None:
    assert write_links(text) == text
