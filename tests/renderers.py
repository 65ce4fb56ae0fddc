"""Markdown renderers of other programs, and a search for active content in the HTML that they make."""

from __future__ import annotations

import random
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from nbconvert.filters import markdown2html

HARMLESS = {
    "a",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {"href", "class", "id", "start", "style", "title", "align", "type", "disabled", "checked"}
SCHEMES = ("http://", "https://", "mailto:", "#", "ftp://")

PIECES = [
    *(
        "**。**中",
        "中**（",
        "）**文",
        "看https://a/b。",
        "<https://a/b>。",
        "3~5",
        "|`a|",
        "|b`|\n|-|\n",
        "|$a|",
        "- > 2",
    ),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=x>", "<!--", "-->", "<?php", "?>"),
    *("<![CDATA[", "]]>", "<iframe src=//evil>", "<b", ">", "</p>", "<style>", "<pre>", "<http://x>", "<div\n"),
    *("![a](http://evil/x.png)", "[a](javascript:x)", "[a](java&#115;cript:x)", "[a](<javascript:x>)", "![a][b]"),
    *(
        "[b]: javascript:x",
        "[b]:\njavascript:x",
        "[b]: http://x",
        "[^1]: javascript:x",
        "[^1]: a note",
        "[^1]",
        "[b]",
    ),
    *('[a](http://x "t")', '[a](http://x/$" onmouseover=x $)', 'http://x/$" onclick=x "$', "[a](\n  data:x)"),
    *(
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        "\n  ",
        "\n    ",
        "\n   ",
        "\n\t",
        " ",
        "a",
        "text ",
        "\\",
        "\\\\",
        "&lt;",
        "&#60;",
    ),
    *(
        "```",
        "```",
        "````",
        "~~~",
        "```python",
        "\n```\n",
        "\n```\n",
        "\n~~~\n",
        "`",
        "``",
        "    ```\n",
        "  ```\n",
    ),
    *("- ", "\n- ", "\n1. ", "\n> ", "> ", ">", "\n* ", "\n+ ", "   - ", "\n-\n", "10) "),
    *(
        "$",
        "$$",
        "$$\n",
        "\n$$\n",
        "\\$",
        "\\begin{a}",
        "\\end{a}",
        "\\\\[",
        "\\\\]",
        "\\[",
        "\\]",
        "@@0@@",
        "@\\@0@@",
    ),
    *("'", '"', "(", ")", "[", "](", "]:", "!", "#", "# ", "|", "\n|-|-|\n", "===", "\n---\n", "*", "_", "~~"),
    # Definition lists of mistune, Pandoc and markdown-it.
    *("\n: ", "\n:\t", "\n:   ", "\n: \n - ```\n>", "m\n\n: ", "\n~ ", "\n   : ", "> : ", "- : ", ":", "\n:\n"),
    # Divs and directives of Pandoc, Quarto and MyST; roles, substitutions, shortcodes and attributes.
    *(
        "\n::: ",
        "\n:::\n",
        ":::",
        "::: {onclick=x}\n",
        ":::{raw} html\n",
        "{raw}`",
        "`{=html}",
        "{=html}",
        "{{",
        "}}",
    ),
    *(
        "{onclick=x}",
        "{.a onclick=x}",
        " {#a onclick=x}\n",
        "[a]{onclick=x}",
        "{",
        "}",
        "{% raw %}",
        "{{< env A >}}",
    ),
    # Metadata and tables of Pandoc, which go on beyond blank lines.
    *(
        "\n---\na: b\n",
        "\n--- ---\n",
        "\n-----\na  b\n-- --\n",
        "\n...\n",
        "\n+---+\n| ",
        "\n| ",
        "\nTable: ",
        "--",
    ),
    # Other lists, footnotes, comments and blocks of Pandoc, GitHub and MyST.
    *(
        "\n#. ",
        "\n(1) ",
        "\na. ",
        "\n(@a) ",
        "\n- [ ] ",
        "\n[^1]: a b\n\n    ",
        "^[",
        "\n% ",
        "\n+++\n",
        "\n(a)=\n",
    ),
    *(
        "\n> [!NOTE]\n",
        "\n*[a]: ",
        "\n    - ```\n",
        "\n  - ~~~\n",
        "\n===\n",
        "\n    ",
        "\\(",
        "\\)",
        "\\\\(",
        "\\\\)",
    ),
    # Scripts, which Pandoc reads twice, and commands with open arguments.
    *(
        "^",
        "~",
        "^&lt;script>a&lt;/script>^",
        "~[a]&#40;javascript:x)~",
        "\\a{b",
        "\\a[",
        "\\a{b}",
        "^[[a]&#40;javascript:x)^",
    ),
    # Formulas and dollar signs that are rewritten for other renderers.
    *("\\[a\\]", "\\(a\\)", "\n\\[\na\n\\], ", "\n$$\na\n$$.\n", "$`a`$", "$`", "\n```math\na\n```\n", "US$"),
    *("\\begin{align}", "\\end{align}", "\n\\begin{CD}\n", "\n\\end{CD}\n", "$5 (in ", "$A$1:$B", "$HOME/$U"),
    *("\\$", "\n> [!WARNING]\n", "\x01", "\x02a"),
    # Macros that are more than type.
    *(
        "\\href{javascript:x}{a}",
        "$\\href {javascript:x}{a}$",
        "\\style{a}{b}",
        "\\require{x}",
        "&#92;href",
        "\\hr&#101;f",
    ),
    *("\\def\\a{b}", "$\\class{a}{b}$", "\\html", "\\unicode[a]{1}", "\\bbox[border:1px]{a}", "$x_{a=b}$", "%\n"),
]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.bad.append(f"{tag} {name}")
            if name == "href" and not (value or "").lower().startswith(SCHEMES):
                self.bad.append(f"href {value}")

    def handle_comment(self, data: str) -> None:
        self.bad.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.bad.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.bad.append("instruction")


def harm(html: str) -> list[str]:
    """Return the active or unknown parts of some HTML."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.bad


_it = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
RENDERERS = {"nbconvert": lambda text: str(markdown2html(text)), "markdown-it": _it.render}


def hostile(seed: int) -> str:
    """Return a random text of pieces that have a meaning for some renderer."""
    rng = random.Random(seed)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(2, 30)))
