"""Tests of the HTML file of a chat: it shows all of the text, and nothing in it runs or loads."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import nbstream
from nbstream.core.ops import Status
from nbstream.core.saved.saved_notes import UNFINISHED_IN_FILE
from nbstream.core.transcript import Transcript
from nbstream.notebook.files.html_file import to_html

ELEMENTS = re.compile(
    r"html|meta|style|title|main|h[1-6]|article|p|a|code|pre|table|t[hrd]|thead|tbody|s|em|[uo]l|li"
)
ATTRIBUTES = re.compile(r"lang|charset|http-equiv|content|name|data-role|href|rel|class")

HOSTILE = r"""
<script>alert(1)</script> <img src=x onerror="alert(1)"> <svg/onload=alert(1)> </style><style>*{color:red}</style>

[run](javascript:alert(1)) [entity](java&#115;cript:alert(1)) [case](JaVaScRiPt:alert(1)) [data](data:text/html,x)
[file](file:///etc/passwd) [relative](other.html) [app](vscode://file/x) <javascript:alert(1)> [reference]

[reference]: vbscript:x
[quote](https://a.example/"onclick="alert(1) "title\" onclick=alert(1)")
![" onerror="alert(1)](https://tracker.example/p.png?q=1) ![](data:image/svg+xml,<svg/onload=alert(1)>)
[![badge](https://tracker.example/b.png)](https://a.example)

```"><script>alert(1)</script>
</code></pre><script>alert(1)</script>
```

<div onclick="alert(1)">

</main></article><iframe src="https://tracker.example"></iframe><meta http-equiv=refresh content="0;url=//x">

$\href{javascript:alert(1)}{x}$ and \[<script>alert(1)</script>\]
"""


class Page(HTMLParser):
    """All elements of a file with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def html_of(text: str, status: Status = Status.DONE) -> str:
    transcript = Transcript()
    transcript.add_turn("user", [{"type": "text", "text": "Hello\nthere <b>"}])
    transcript.open_reply(0.0, transcript.turns[0].id)
    transcript.open_block("text")
    transcript.add_text(text)
    if status != Status.STREAMING:
        transcript.close_block()
        transcript.transition(status, 1.0, stop_reason="end_turn" if status == Status.DONE else "user")
    return to_html(transcript.turns, "a <b> & c")


def answer(text: str) -> str:
    """The HTML of the answer itself."""
    return html_of(text).split("<h2>Claude</h2>\n")[1].split("</article>")[0]


def test_nothing_in_a_hostile_answer_runs_or_loads() -> None:
    page = Page(html_of(HOSTILE))
    assert [tag for tag, _ in page.elements if not ELEMENTS.fullmatch(tag)] == []
    assert [name for _, given in page.elements for name in given if not ATTRIBUTES.fullmatch(name)] == []
    assert len(page.all("style")) == len(page.all("main")) == 1
    policies = [meta["http-equiv"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policies == ["Content-Security-Policy"]
    addresses = {link["href"] for link in page.all("a") if "href" in link}
    quoted = "https://a.example/%22onclick=%22alert(1)"
    assert addresses == {"https://tracker.example/p.png?q=1", "https://a.example", quoted}
    assert {link["rel"] for link in page.all("a") if "href" in link} == {"noopener noreferrer"}
    text = "".join(page.texts)
    for shown in ("<script>alert(1)</script>", "[run](javascript:alert(1))", "</style>", "badge", "<iframe src="):
        assert shown in text


def test_the_policy_allows_nothing_but_the_files_own_style_and_pictures() -> None:
    [policy] = [meta["content"] for meta in Page(html_of("x")).all("meta") if "http-equiv" in meta]
    assert str(policy).startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_each_turn_is_an_article_with_its_speaker() -> None:
    html = html_of("# Head\n\nHi")
    page = Page(html)
    assert page.all("html") == [{"lang": "en"}]
    assert "<title>a &lt;b&gt; &amp; c</title>" in html
    assert [article["data-role"] for article in page.all("article")] == ["user", "assistant"]
    assert "<h2>You</h2>\n<p>Hello\nthere &lt;b&gt;</p>" in html
    assert "<h3>Head</h3>" in html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("|a|b|\n|-|-:|\n|1|2|", '<td>1</td>\n<td style="text-align:right">2</td>'),
        ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1\n</code></pre>'),
        ("~~old~~", "<s>old</s>"),
        ("$x_1 * y_2 * z$", "<code>$x_1 * y_2 * z$</code>"),
        ("$$\na_b\n$$", "<code>$$\na_b\n$$</code>"),
        (r"\(a_1\) or \[b_1\]", r"<code>\(a_1\)</code> or <code>\[b_1\]</code>"),
        ("$5 and $6, `$x$`", "<p>$5 and $6, <code>$x$</code></p>"),
        (r"\$a$ [$b$](https://a.example)", ' rel="noopener noreferrer"><code>$b$</code></a>'),
        ("a\x1b[2J\x00b\u202ec &#x202e;", r"<p>a\x1b[2J\x00b\u202ec \u202e</p>"),
        ("a\r\nb\rc \ud83d", "<p>a\nb\nc ?</p>"),
        ("![the\n*alt*](https://b.example)", '<a href="https://b.example" rel="noopener noreferrer">the alt</a>'),
        ("![dot](data:image/png;base64,AA==)", '<img src="data:image/png;base64,AA==" alt="dot" />'),
    ],
)  # fmt: skip
def test_markdown_looks_as_it_should(markdown: str, html: str) -> None:
    assert html in answer(markdown)


def test_a_fence_that_nothing_closes_ends_with_its_turn() -> None:
    assert html_of("```\nopen").endswith("open</code></pre>\n</article>\n</main>\n</html>\n")


@pytest.mark.parametrize(
    ("status", "note"), [(Status.STREAMING, UNFINISHED_IN_FILE), (Status.STOPPED, "You stopped the answer here.")]
)
def test_an_answer_that_is_not_complete_says_so(status: Status, note: str) -> None:
    assert f'<p class="note">{note}</p>' in html_of("Half", status)
    assert 'class="note"' not in html_of("Whole")


def test_calls_and_pictures_have_a_line() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    call = {"type": "tool_use", "id": "c", "name": "add", "input": {"a": "<b>"}}
    result = {"type": "tool_result", "tool_use_id": "c", "content": "3"}
    messages = [
        {"role": "user", "content": [image, {"type": "text", "text": "Add"}]},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    chat = nbstream.chat(client=nbstream.demo(), messages=messages)
    html = to_html(chat._session.conversation.transcript.turns, "t")
    assert re.search(r"<blockquote>\n<p>image", html)
    assert "<p>ran <code>add(a=&quot;&lt;b&gt;&quot;)</code> → 3</p>" in html
    assert html.count("<article") == 2


def test_without_the_library_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    chat = nbstream.chat(client=nbstream.demo(), messages=[{"role": "user", "content": "Hi"}])
    with pytest.raises(ImportError, match=r'pip install "nbstream\[html\]".*\.md or \.json'):
        chat.save(tmp_path / "chat.html")
    assert list(tmp_path.iterdir()) == []
