"""The page of the server, which needs no notebook, in a real browser and over real HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from browser.evidence import FAILED, RESULTS
from browser.lab_session import expect_text, set_hidden
from browser.proxy import Proxy
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator, Page, expect
from web_server import run_web_server

from nbstream.server.streams import stream

Open = Callable[..., tuple[Page, Proxy]]

QUESTION = "How do replicas agree?"


@pytest.fixture
def open_page(browser: Browser, claude: ClaudeServer, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open pages of servers whose Claude answers as a scenario says, through a proxy that can cut the link.

    The test fails if a page writes to its console.
    """
    lines: list[str] = []
    pages: list[Page] = []
    with ExitStack() as stack:

        def open_(name: str, settings: dict[str, Any] | None = None, **scenario: Any) -> tuple[Page, Proxy]:
            port = stack.enter_context(run_web_server(claude, name, scenario, **(settings or {})))
            proxy = stack.enter_context(Proxy(port))
            context = browser.new_context()
            stack.callback(context.close)
            page = context.new_page()
            pages.append(page)
            page.on("console", lambda message: lines.append(message.text))
            page.on("pageerror", lambda error: lines.append(str(error)))
            page.on("dialog", lambda dialog: (lines.append(dialog.message), dialog.dismiss()))
            page.goto(proxy.url)
            return page, proxy

        yield open_
        if request.node.stash.get(FAILED, False):
            RESULTS.mkdir(exist_ok=True)
            for page in [page for page in pages if not page.is_closed()]:
                page.screenshot(path=RESULTS / f"{request.node.name}.png")
    # The browser itself writes about a link that was cut and about a stream that is gone.
    assert [text for text in lines if not text.startswith("Failed to load resource")] == []


def ask(page: Page, text: str = QUESTION) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("button", name="Send").click()


def answer(page: Page) -> Locator:
    return page.locator("[data-role=assistant] .nbstream-text").last


def expect_complete(page: Page, text: list[str]) -> None:
    expect(page.get_by_role("status").first).to_contain_text("Done", timeout=30_000)
    expect_text(answer(page), "".join(text))


def test_an_answer_streams_with_code_and_formulas_under_the_strict_policy(open_page: Open) -> None:
    text = (
        "Like **so**:\n\n```python\ndef merge(a, b): return a | b\n```\n\n$$a \\sqcup b = b \\sqcup a$$\n\nDone."
    )
    page, _ = open_page("web-parts", text=text, thinking=["Hm."], rate=10)
    ask(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator("[data-role=user]")).to_contain_text(QUESTION)
    expect(page.get_by_role("status").first).to_contain_text("Done", timeout=30_000)
    expect(answer(page).locator("strong")).to_have_text("so")
    expect(answer(page).locator(".nbstream-hl-keyword").first).to_have_text("def")
    expect(answer(page).locator("math")).to_be_visible()
    expect(page.get_by_role("button", name="Insert")).to_have_count(0)
    expect(page.get_by_role("button", name="Copy").first).to_be_visible()


def test_stop_ends_the_request_and_keeps_the_text_so_far(open_page: Open, claude: ClaudeServer) -> None:
    page, _ = open_page("web-stop", {"resume_for": 30}, text=prose(5000), rate=100)
    ask(page)
    expect(answer(page)).to_contain_text(" ")
    at = time.time()
    page.get_by_role("button", name="Stop").click()
    [record] = claude.records_of("web-stop")
    claude.wait_for(lambda: not record.is_open)
    assert record.disconnected_at is not None
    assert record.disconnected_at - at < 1
    expect(page.get_by_role("status").first).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.parametrize("mishap", ["loaded again", "cut", "away"])
def test_a_page_that_is_loaded_again_or_cut_off_loses_nothing(
    open_page: Open, claude: ClaudeServer, mishap: str
) -> None:
    name, text = f"web-{mishap.replace(' ', '-')}", prose(400, seed=8)
    page, proxy = open_page(name, {"resume_for": 30}, text=text, rate=150)
    ask(page)
    claude.wait_for(lambda: claude.records_of(name) and claude.records_of(name)[0].deltas > 50)
    if mishap == "loaded again":
        page.reload()
    else:
        proxy.cut(away_seconds=1.0 if mishap == "away" else 0.0)
    claude.wait_for(lambda: claude.records_of(name)[0].deltas > 200)
    if mishap == "cut":
        proxy.cut()
    expect_complete(page, text)
    expect(page.locator("article")).to_have_count(2)
    assert len(claude.records_of(name)) == 1


def test_where_a_lost_connection_stops_the_reply_the_page_says_so_and_can_be_used_again(
    open_page: Open, claude: ClaudeServer
) -> None:
    page, proxy = open_page("web-dropped", text=prose(5000), rate=100)
    ask(page)
    expect(answer(page)).to_contain_text(" ")
    proxy.disconnect()
    alert = page.locator("main > [role=alert]")
    expect(alert).to_contain_text("The connection to the server is lost.")
    claude.wait_for(lambda: not claude.records_of("web-dropped")[0].is_open)
    proxy.reconnect()
    expect(page.get_by_role("status").first).to_contain_text("Stopped")
    expect(alert).to_have_text("")
    expect(page.get_by_role("textbox", name="Message")).to_be_editable()


def test_a_tab_that_is_closed_stops_its_reply_before_a_lost_connection_would(
    open_page: Open, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "GOODBYE_SECONDS", 1.0)
    page, _ = open_page("web-closed", {"resume_for": 60}, text=prose(5000), rate=50)
    ask(page)
    expect(answer(page)).to_contain_text(" ")
    page.reload()
    expect(answer(page)).to_contain_text(" ")
    time.sleep(2)
    [record] = claude.records_of("web-closed")
    assert record.is_open
    page.close()
    claude.wait_for(lambda: not record.is_open, 10)


def test_retry_after_a_failure_and_continue_after_a_limit(open_page: Open, claude: ClaudeServer) -> None:
    claude.url("web-more", text="One, two.", stop_reason="max_tokens")
    page, _ = open_page("web-failed", status=(400, "invalid_request_error"), then="web-more")
    ask(page)
    expect(page.locator("article").get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Retry").click()
    expect(answer(page)).to_have_text("One, two.")
    page.get_by_role("button", name="Continue").click()
    expect(answer(page)).to_have_text(re.compile(r"One, two\. ?One, two\."))


def test_a_hostile_answer_does_nothing(open_page: Open) -> None:
    text = (
        "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[click](javascript:alert(1))\n\n"
        "<a href='javascript:alert(1)'>go</a>\n\n<svg onload=alert(1)>\n\n**end**"
    )
    page, proxy = open_page("web-hostile", text=text)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    ask(page)
    expect(answer(page).locator("strong")).to_have_text("end")
    expect(page.get_by_role("status").first).to_contain_text("Done")
    expect(answer(page).locator("script, img, svg, a[href^=javascript]")).to_have_count(0)
    answer(page).get_by_text("click").click()
    assert [url for url in loaded if not url.startswith(proxy.url)] == []
    assert page.url == f"{proxy.url}/"


def test_a_new_chat_stops_the_previous_one_and_replaces_it(open_page: Open, claude: ClaudeServer) -> None:
    page, _ = open_page("web-new", {"resume_for": 30}, text=prose(5000), rate=100)
    ask(page)
    expect(answer(page)).to_contain_text(" ")
    page.get_by_role("button", name="New chat").click()
    claude.wait_for(lambda: not claude.records_of("web-new")[0].is_open, 2)
    expect(page.locator("article")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    page.reload()
    expect(page.get_by_role("status").first).to_contain_text("Ready")
    expect(page.locator("article")).to_have_count(0)


@pytest.mark.parametrize("loaded_again", [False, True])
def test_after_a_restart_of_the_server_the_conversation_goes_on_by_one_press(
    open_page: Open, claude: ClaudeServer, loaded_again: bool
) -> None:
    page, proxy = open_page(f"web-gone-{loaded_again}", {"resume_for": 5}, text=prose(5000), rate=50)
    ask(page)
    expect(answer(page)).to_contain_text(" ")
    proxy.disconnect()
    state = page.get_by_role("status").first
    expect(state).to_contain_text("No connection")
    shown = answer(page).inner_text()
    page.get_by_role("textbox", name="Message").fill("Are you there?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Are you there?", timeout=10_000)
    with run_web_server(claude, f"web-again-{loaded_again}", {"text": "Hello again."}) as port:
        proxy.target = port
        proxy.reconnect()
        if loaded_again:
            page.reload()
        expect(state).to_contain_text("Stopped · the server no longer has this chat")
        expect(answer(page)).to_have_text(shown, use_inner_text=True)
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        page.get_by_role("button", name="Continue here").click()
        expect(page.get_by_role("button", name="Retry")).to_be_enabled()
        ask(page, "Go on")
        expect(answer(page)).to_have_text("Hello again.")
        expect(page.locator("article")).to_have_count(4)


def test_six_hidden_tabs_leave_a_connection_for_the_seventh(open_page: Open) -> None:
    first, proxy = open_page("web-seven", text="Hello.")
    for tab in tabs(first, proxy.url, 6):
        expect(tab.get_by_role("status").first).to_contain_text("Ready")
        set_hidden(tab, True)
    seventh = tabs(first, proxy.url, 2)[1]
    ask(seventh)
    expect(answer(seventh)).to_have_text("Hello.")
    set_hidden(first, False)
    ask(first)
    expect(answer(first)).to_have_text("Hello.")


@pytest.mark.parametrize("resume_for", [0, 30])
def test_a_stop_arrives_while_six_tabs_receive_answers(
    open_page: Open, claude: ClaudeServer, resume_for: float
) -> None:
    name = f"web-six-{resume_for}"
    first, proxy = open_page(name, {"resume_for": resume_for}, text=prose(5000), rate=50)
    for number in range(6):
        tab = tabs(first, proxy.url, 2)[1] if number else first
        ask(tab)
        expect(answer(tab)).to_contain_text(" ")
    tab.get_by_role("button", name="Stop").click()
    claude.wait_for(lambda: [record.is_open for record in claude.records_of(name)].count(False) == 1)
    expect(tab.get_by_role("status").first).to_contain_text("Stopped")
    assert [record.is_open for record in claude.records_of(name)].count(True) == 5


def tabs(first: Page, url: str, count: int) -> list[Page]:
    """Open tabs beside the first, up to a count; a browser has six connections to a host for all its tabs."""
    more = [first.context.new_page() for _ in range(count - 1)]
    for tab in more:
        tab.goto(url)
    return [first, *more]
