"""Tests of the search for active content, and of the fuzzer that uses it."""

from __future__ import annotations

import pytest
from fuzz.__main__ import main
from fuzz.engines import ENGINES, Engine
from renderers import Markup, harm


@pytest.mark.parametrize(
    "html",
    [
        *(
            "<script>",
            "<iframe src='//x'>",
            "<style>",
            "<form>",
            "<svg onload=a>",
            "<b>",
            "<!-- a -->",
            "<!a>",
            "<?a>",
        ),
        *(
            "<p onclick='a'>",
            "<a href='javascript:a'>",
            "<a href='data:a'>",
            "<a href=' javascript:a'>",
            "<a href>",
        ),
        *("<td style='text-align: left; background: url(//x)'>", "<p class='evil'>", "<input type='submit'>"),
        *(
            r"<p>\href{a}</p>",
            r"<p>$\style$</p>",
            r"<p>&#92;require{a}</p>",
            r"<code></code>\def\a",
            r"\bbox[a:b]{c}",
            r"\href<br>{a}",
        ),
    ],
)
def test_active_content_is_found(html: str) -> None:
    assert harm(html)


@pytest.mark.parametrize(
    "html",
    [
        "<a href='https://x' title='javascript:a'>a</a>",
        "<td style='text-align: left'>&lt;script></td>",
        "<code>\\href{a}</code>",
        "\\hreflang \\data \\unicode{65}",
        "\\hr<em>ef</em>{a}",
    ],
)
def test_what_is_harmless_is_not_found(html: str) -> None:
    assert not harm(html)


def test_the_markup_of_a_program_is_harmless_there_alone() -> None:
    own = Markup(frozenset({"section"}), {"role": "doc-[a-z]+"})
    assert harm("<section role='doc-a'>")
    assert not harm("<section role='doc-a'>", own)
    assert harm("<section role='alert'>", own)


def test_the_fuzzer_finds_nothing_in_saved_texts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nbconvert", "40", "7"]) == 0
    assert capsys.readouterr().out.startswith("nbconvert: 40 texts (seeds 7 to 46), 0 not rendered, 0 active")


def test_the_fuzzer_shows_the_fewest_pieces_that_are_active(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def render(texts: list[str]) -> list[str | None]:
        return ["<script>" if "US" in text else None if "```" in text else "" for text in texts]

    monkeypatch.setitem(ENGINES, "nbconvert", Engine(lambda: render))
    assert main(["nbconvert", "200"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "['US$']" in lines[1]
    assert ", 0 active" not in lines[-1]
    assert ", 0 not rendered" not in lines[-1]


def test_a_run_that_is_ended_early_has_said_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fuzz.__main__.BATCH_TEXTS", 10)
    monkeypatch.setattr("fuzz.__main__.PROGRESS_EVERY_TEXTS", 20)
    monkeypatch.setitem(ENGINES, "nbconvert", Engine(lambda: lambda texts: [""] * len(texts)))
    main(["nbconvert", "45"])
    assert capsys.readouterr().err.splitlines() == [f"nbconvert: {done} of 45 texts, 0 found" for done in (20, 40)]
