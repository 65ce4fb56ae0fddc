"""The links of the documentation lead somewhere, and a newcomer's questions are answered within two clicks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import pytest
from build_site import NOTEBOOKS

ROOT = Path(__file__).parents[1]
PAPERS = [*sorted(ROOT.glob("*.md")), ROOT / "js/npm/README.md", *sorted((ROOT / "notebooks").glob("*.ipynb"))]
"""Texts outside the site that are read as Markdown."""

DEMO = "try/lab/index.html"
"""The address of JupyterLite, which `make docs` puts into the site; `test_jupyterlite.py` opens it."""

QUESTIONS = {
    "hosts": ("guides/hosts/", "VS Code"),
    "key": ("guides/first-answer/#the-key", "ANTHROPIC_API_KEY"),
    "models": ("guides/first-answer/#choose-the-model", "model="),
    "price": ("guides/costs/", "chat.cost"),
    "stop": ("guides/stopping/", "press Stop"),
    "files": ("guides/content/", "PDF"),
    "tools": ("guides/tools/", "tools="),
    "save": ("guides/conversations/#keep-it-in-a-file", "chat.save("),
    "server": ("guides/server/", "nbstream serve"),
    "offline": ("guides/first-answer/#without-a-network", "offline"),
}
"""Ten questions of a newcomer: the place of each answer, and words that it has."""


class Page(HTMLParser):
    """The links, the anchors and the text of a page of the site.

    Attributes:
        links: The addresses in `href` and `src`.
        main_links: Those in the page's own text, without its menus.
        anchors: The names that an address may have after its `#`.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.main_links: list[str] = []
        self.anchors: set[str] = set()
        self._texts: list[tuple[str, str]] = []
        self._is_main = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_main |= tag == "article"
        for name, value in attrs:
            if value is None:
                continue
            if name in ("href", "src"):
                self.links.append(value)
                if self._is_main:
                    self.main_links.append(value)
            elif name == "id":
                self.anchors.add(value)
                if tag in ("h1", "h2", "h3"):
                    self._texts.append((value, ""))

    def handle_endtag(self, tag: str) -> None:
        self._is_main &= tag != "article"

    def handle_data(self, data: str) -> None:
        if self._is_main:
            anchor, text = self._texts.pop() if self._texts else ("", "")
            self._texts.append((anchor, text + data))

    def text_at(self, anchor: str) -> str:
        """Return the text under a heading, or all text without an anchor."""
        return "".join(text for found, text in self._texts if not anchor or found == anchor)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("links")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The pages of the site by their addresses, as in `guides/hosts/`."""
    files = [file for file in site.rglob("*.html") if file.name != "404.html"]
    return {str(file.relative_to(site)).removesuffix("index.html"): Page(file.read_text()) for file in files}


def resolve(page: str, link: str) -> str:
    """Return the address of a link on a page, from the site's root."""
    path = os.path.normpath(os.path.join("/", page, unquote(urlsplit(link).path))).lstrip("/.")
    return f"{path}/" if path and not os.path.splitext(path)[1] else path


def is_internal(link: str) -> bool:
    return not urlsplit(link).scheme and not link.startswith("//")


def test_every_link_and_anchor_on_the_site_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for name, page in pages.items():
        for link in filter(is_internal, page.links):
            target = resolve(name, link) if urlsplit(link).path else name
            anchor = urldefrag(link).fragment
            if target == DEMO:
                assert parse_qs(urlsplit(link).query)["path"][0] in NOTEBOOKS
            elif not (site / target).exists() or (
                target in pages and anchor and anchor not in pages[target].anchors
            ):
                broken.append((name, link))
    assert broken == []


def test_no_code_and_no_list_is_shown_as_plain_text(site: Path) -> None:
    for file in site.rglob("*.html"):
        html = file.read_text()
        assert "```" not in html, file
        assert not re.findall(r"<p>(?:(?!</p>).)*\n(?:- |\d+\. )", html, re.S), file


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.webp"))
    assert pictures
    for picture in pictures:
        limit_bytes = 1_000_000 if picture.name.startswith("moving") else 200_000
        assert picture.stat().st_size <= limit_bytes, picture.name


def test_the_first_page_opens_the_demo(pages: dict[str, Page]) -> None:
    assert DEMO in [urlsplit(link).path for link in pages[""].main_links]


def test_no_page_loads_a_file_from_another_host(site: Path) -> None:
    for file in site.rglob("*.html"):
        assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://", file.read_text()), file


def texts_of(paper: Path) -> Iterator[str]:
    if paper.suffix == ".ipynb":
        for cell in json.loads(paper.read_text())["cells"]:
            if cell["cell_type"] == "markdown":
                yield "".join(cell["source"])
    else:
        yield re.sub(r"^```.*?^```$", "", paper.read_text(), flags=re.M | re.S)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_every_link_of_a_paper_leads_to_a_file_and_a_heading(paper: Path) -> None:
    for text in texts_of(paper):
        for link in filter(is_internal, re.findall(r"\]\(([^)\s]+)\)", text)):
            target = (paper.parent / urlsplit(link).path) if urlsplit(link).path else paper
            assert target.exists(), link
            if anchor := urldefrag(link).fragment:
                headings = re.findall(r"^#+ (.+)$", target.read_text(), re.M)
                assert anchor in [
                    re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings
                ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_of_a_newcomer_is_answered_in_two_clicks(question: str, pages: dict[str, Page]) -> None:
    address, words = QUESTIONS[question]
    target, anchor = urldefrag(address)
    assert words in " ".join(pages[target].text_at(anchor).split())
    # One click on the first page, in its text and not in a menu.
    reached = [(resolve("", link), urldefrag(link).fragment) for link in pages[""].main_links]
    assert (target, anchor) in reached
    # From the README: one click to the page, and another one to the place on it.
    readme = (ROOT / "README.md").read_text()
    assert f"(docs/{target.removesuffix('/')}.md" in readme
    assert not anchor or f"#{anchor}" in pages[target].links
