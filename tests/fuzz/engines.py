"""Renderers of other programs that take many texts at once, each as the program itself runs it.

Each engine is made once and holds a process or a parser. `tests/core/saved/markdown_targets.md` says for which
program each of them stands.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from renderers import PLAIN, Markup

Render = Callable[[Sequence[str]], list[str | None]]
"""The HTML of each text, or `None` where the program fails."""

_REPOSITORY = Path(__file__).parents[2]
# A run at the lowest priority waits for all others.
_PANDOC_SECONDS = 7_200
_MYST_EXTENSIONS = (
    *("amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist"),
    *("html_admonition", "html_image", "replacements", "smartquotes", "strikethrough", "substitution", "tasklist"),
)


@dataclass(frozen=True)
class Engine:
    """A renderer, and the HTML that its program writes by itself."""

    open: Callable[[], Render]
    markup: Markup = PLAIN


def _each(render: Callable[[str], str | None]) -> Render:
    return lambda texts: [render(text) for text in texts]


def _nbconvert() -> Render:
    from nbconvert.filters import markdown2html

    return _each(lambda text: str(markdown2html(text)))


def _markdown_it() -> Render:
    from markdown_it import MarkdownIt

    return _each(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render)


def _github() -> Render:
    import cmarkgfm
    from cmarkgfm.cmark import Options

    # GitHub removes elements and attributes afterwards, but that is not needed to be safe.
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

    def render(text: str) -> str | None:
        try:
            return str(cmarkgfm.github_flavored_markdown_to_html(text, options))
        except UnicodeDecodeError:
            # It ends some addresses in the middle of a character.
            return None

    return _each(render)


def _myst() -> Render:
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    return _each(create_md_parser(MdParserConfig(enable_extensions=set(_MYST_EXTENSIONS)), RendererHTML).render)


def _pandoc() -> Render:
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "lua", str(Path(__file__).parent / "pandoc.lua")]

    def render(texts: Sequence[str]) -> list[str | None]:
        # One call reads many texts, each as a document of its own.
        run = subprocess.run(
            command, input=json.dumps(texts).encode(), capture_output=True, check=True, timeout=_PANDOC_SECONDS
        )
        return [None if html is False else html for html in json.loads(run.stdout)]

    return render


def _node(name: str) -> Callable[[], Render]:
    def start() -> Render:
        process = subprocess.Popen(
            ["node", str(_REPOSITORY / "js" / "bench" / "render.mjs"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

        def render(texts: Sequence[str]) -> list[str | None]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(texts).encode() + b"\n")
            process.stdin.flush()
            return list(json.loads(process.stdout.readline()))

        return render

    return start


_SIZE = r"[0-9.-]+(?:em|%)"
_KATEX = Markup(
    frozenset(
        [
            *(
                "annotation",
                "math",
                "menclose",
                "mfrac",
                "mi",
                "mn",
                "mo",
                "mover",
                "mpadded",
                "mphantom",
                "mroot",
            ),
            *("mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr"),
            *("munder", "munderover", "semantics"),
        ]
    ),
    {
        "accent": "true|false",
        "columnalign": "[a-z ]+",
        "columnspacing": rf"(?:{_SIZE} ?)*",
        "display": "block",
        "displaystyle": "true|false",
        "encoding": "application/x-tex",
        "fence": "true|false",
        "height": _SIZE,
        "linebreak": "newline",
        "lspace": _SIZE,
        "mathcolor": "#[0-9a-f]{3,6}|[a-z]+",
        "mathvariant": "[a-z-]+",
        "rowspacing": rf"(?:{_SIZE} ?)+",
        "rspace": _SIZE,
        "scriptlevel": r"[0-9+-]+",
        "separator": "true|false",
        "stretchy": "true|false",
        "style": r"color:#[0-9a-f]{3,6};?",
        # The text of KaTeX' error.
        "title": r"[^\0]*",
        "width": _SIZE,
        "xmlns": re.escape("http://www.w3.org/1998/Math/MathML"),
    },
)
_GITHUB = Markup(
    frozenset({"section"}),
    {
        "aria-label": "Back to reference [0-9-]+",
        "data-footnote-backref": "",
        "data-footnote-backref-idx": "[0-9-]+",
        "data-footnote-ref": "",
        "data-footnotes": "",
        "lang": r"[\w+#.-]+",
    },
)
_PANDOC = Markup(
    frozenset({"section", "col", "colgroup", "figure", "label"}),
    {
        "aria-hidden": "true",
        "role": "doc-(?:noteref|endnotes|backlink)",
        "style": "width: ?[0-9]+%;?",
        "tabindex": "-1",
        "data-cites": "[^\0]*",
    },
)

ENGINES = {
    "nbconvert": Engine(_nbconvert),
    "markdown-it-py": Engine(_markdown_it),
    "marked": Engine(_node("JupyterLab's marked")),
    "markdown-it": Engine(_node("markdown-it with HTML")),
    "vscode": Engine(_node("VS Code"), _KATEX),
    "cmark-gfm": Engine(_github, _GITHUB),
    "myst": Engine(_myst),
    "pandoc": Engine(_pandoc, _PANDOC),
}

open_page_sanitiser = _node("the page's sanitiser")
"""Start the twin of `make_safe` on the page, which takes the texts themselves."""
