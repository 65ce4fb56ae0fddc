"""Chats in marimo: a real server in edit and in run mode, and a real page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser.evidence import FAILED, RESULTS
from browser.hosts import matrix
from browser.hosts.marimo_server import MarimoServer
from browser.hosts.pasting import expect_picture_sent, paste_picture
from browser.lab_session import expect_text
from claude_server import BY_MODEL, ClaudeServer, Record, prose
from playwright.sync_api import Browser, Locator, Page, expect

from nbstream.claude.demo import reply_events

SETUP = """
import anthropic, nbstream

def ask(url, prompt="Hello", **more):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return nbstream.chat(prompt, client=client, **more)
"""
LONG = prose(20_000)

Open = Callable[..., tuple[Page, str]]


@pytest.fixture
def open_notebook(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a notebook of one cell in a new server, or another page of the same one."""
    pages: list[Page] = []
    errors: list[str] = []
    with ExitStack() as stack:

        def open_(mode: str, code: str = "", url: str = "") -> tuple[Page, str]:
            url = url or stack.enter_context(MarimoServer(tmp_path, mode, f"{SETUP}\n{code}")).url
            context = browser.new_context(viewport={"width": 1100, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            pages.append(page)
            page.goto(url)
            return page, url

        yield open_
        if request.node.stash.get(FAILED, False):
            RESULTS.mkdir(exist_ok=True)
            for number, page in enumerate(pages):
                page.screenshot(path=RESULTS / f"{request.node.name}-{number}.png")
    assert errors == []


def answer(page: Page) -> Locator:
    return page.locator("[data-role=assistant] .nbstream-text").last


def expect_running(page: Page) -> None:
    expect(answer(page)).to_contain_text(" ", timeout=30_000)


def seconds_until_closed(claude: ClaudeServer, record: Record, at: float, seconds: float = 5.0) -> float:
    claude.wait_for(lambda: not record.is_open, seconds)
    assert record.disconnected_at is not None
    return record.disconnected_at - at


def press_stop(page: Page, claude: ClaudeServer, record: Record) -> float:
    at = time.time()
    page.get_by_role("button", name="Stop", exact=True).click()
    return seconds_until_closed(claude, record, at)


def send(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("button", name="Send").click()


@pytest.mark.matrix
def test_a_waiting_cell_streams_and_stops_and_comes_back_after_a_reload(
    open_notebook: Open, claude: ClaudeServer
) -> None:
    url = claude.url("marimo-waits", text=LONG, rate=50, then="marimo-second")
    claude.url("marimo-second", text="And on.", rate=None)
    page, _ = open_notebook("edit", f"chat = ask({url!r})\nprint('then', chat.status, chat.stop_reason)")
    expect_running(page)
    [record] = claude.records_of("marimo-waits")
    assert press_stop(page, claude, record) < 1
    expect(page.get_by_text("then stopped user")).to_be_visible()
    expect(page.locator(".nbstream").get_by_role("status").first).to_contain_text("Stopped")
    text = answer(page).inner_text()
    page.reload()
    expect(answer(page)).to_have_text(text, use_inner_text=True, timeout=30_000)
    # The styles are in the view's own shadow tree.
    assert page.get_by_role("button", name="Send").evaluate("it => getComputedStyle(it).borderStyle") == "solid"
    send(page, "Go on.")
    expect(answer(page)).to_have_text("And on.")
    for column in ("streams", "message box", "reload exact"):
        matrix.record("marimo edit", column, "yes")


@pytest.mark.hosts
@pytest.mark.parametrize("mode", ["edit", "run"])
@pytest.mark.parametrize("way", ["waits", "awaits", "ends"])
def test_stop_is_heard_in_every_kind_of_cell(
    open_notebook: Open, claude: ClaudeServer, mode: str, way: str, record_property: Callable[[str, object], None]
) -> None:
    name = f"marimo-stop-{mode}-{way}"
    before, after = {"waits": ("", ""), "awaits": ("await ", ", wait=False"), "ends": ("", ", wait=False")}[way]
    url = claude.url(name, text=LONG, rate=50)
    page, _ = open_notebook(mode, f"chat = {before}ask({url!r}{after})")
    expect_running(page)
    [record] = claude.records_of(name)
    seconds = press_stop(page, claude, record)
    record_property("stop", json.dumps({"way": name, "seconds": seconds}))
    assert seconds < 1
    if way == "waits":
        matrix.record(f"marimo {mode}", "streams", "yes")
        matrix.record(f"marimo {mode}", "Stop, ms", f"{1000 * seconds:.0f}")
    if way == "ends":
        matrix.record(f"marimo {mode}", "background", "yes")


@pytest.mark.hosts
@pytest.mark.parametrize("mode", ["edit", "run"])
def test_the_same_answer_reaches_two_readers_or_each_has_one(
    open_notebook: Open, claude: ClaudeServer, mode: str
) -> None:
    text = prose(300)
    url = claude.url(f"marimo-readers-{mode}", text=text, rate=40)
    page, address = open_notebook(mode, f"chat = ask({url!r}, wait=False)")
    expect_running(page)
    other, _ = open_notebook(mode, url=address)
    for each in (page, other):
        expect(each.locator(".nbstream").get_by_role("status").first).to_contain_text("Done", timeout=30_000)
        expect_text(answer(each), "".join(text))
    # In run mode each reader has a session of his own, with its own cells.
    assert len(claude.records_of(f"marimo-readers-{mode}")) == {"edit": 1, "run": 2}[mode]


@pytest.mark.hosts
@pytest.mark.parametrize("mode", ["edit", "run"])
def test_a_closed_tab_ends_the_request(
    open_notebook: Open, claude: ClaudeServer, mode: str, record_property: Callable[[str, object], None]
) -> None:
    name = f"marimo-closed-{mode}"
    page, _ = open_notebook(mode, f"chat = ask({claude.url(name, text=LONG, rate=50)!r}, wait=False)")
    expect_running(page)
    time.sleep(2)
    at = time.time()
    page.close()
    [record] = claude.records_of(name)
    seconds = seconds_until_closed(claude, record, at, 45)
    record_property("stop", json.dumps({"way": name, "seconds": seconds}))
    matrix.record(f"marimo {mode}", "tab closed", f"{seconds:.0f} s")


@pytest.mark.hosts
def test_a_cell_that_is_run_again_ends_its_request_and_has_a_chat_that_works(
    open_notebook: Open, claude: ClaudeServer
) -> None:
    url = claude.url("marimo-again", text=LONG, rate=50, then="marimo-again-2")
    claude.url("marimo-again-2", text="Once more.", rate=None)
    page, _ = open_notebook("edit", f"chat = ask({url!r}, wait=False)")
    expect_running(page)
    at = time.time()
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+Enter")
    expect(answer(page)).to_have_text("Once more.", timeout=20_000)
    first = claude.records_of("marimo-again")[0]
    assert seconds_until_closed(claude, first, at) < 3
    expect(page.locator(".nbstream")).to_have_count(1)
    expect(page.get_by_text("Model not found")).to_have_count(0)


@pytest.mark.hosts
@pytest.mark.parametrize("wait", [True, False])
def test_an_interrupt_ends_the_request(open_notebook: Open, claude: ClaudeServer, wait: bool) -> None:
    name = f"marimo-interrupt-{wait}"
    page, _ = open_notebook("edit", f"chat = ask({claude.url(name, text=LONG, rate=50)!r}, wait={wait})")
    expect_running(page)
    [record] = claude.records_of(name)
    with page.expect_request(lambda request: "marimo-session-id" in request.headers) as sent:
        page.get_by_role("textbox", name="Message").focus()
    at = time.time()
    interrupt(page, sent.value.headers)
    assert seconds_until_closed(claude, record, at) < 1
    expect(page.locator(".nbstream").get_by_role("status").first).to_contain_text("Stopped")


def interrupt(page: Page, headers: dict[str, str]) -> None:
    """Interrupt the kernel as marimo's own button does, which can be pressed only while a cell runs."""
    kept = {name: value for name, value in headers.items() if name.startswith("marimo-")}
    assert page.request.post(f"{page.url}api/kernel/interrupt", headers=kept, data={}).ok


@pytest.mark.hosts
def test_a_chat_may_be_an_element_of_marimos_own(open_notebook: Open, claude: ClaudeServer) -> None:
    url = claude.url("marimo-element", text="Hello there.", rate=None, then="marimo-element-2")
    claude.url("marimo-element-2", text="Again.", rate=None)
    code = f"import marimo as mo\nchat = ask({url!r}, wait=False)\nelement = mo.ui.anywidget(chat)\nelement"
    page, _ = open_notebook("edit", code)
    expect(answer(page)).to_have_text("Hello there.", timeout=30_000)
    expect(page.locator(".nbstream")).to_have_count(1)
    send(page, "Again?")
    expect(answer(page)).to_have_text("Again.")


@pytest.mark.hosts
@pytest.mark.parametrize("mode", ["edit", "run"])
def test_a_call_is_approved_while_its_cell_waits(open_notebook: Open, claude: ClaudeServer, mode: str) -> None:
    call: list[Any] = [("tool_use", {"id": "t", "name": "lookup", "input": {}}, ['{"city": "Oslo"}'])]
    events = list(reply_events(call, stop_reason="tool_use"))
    url = claude.url(f"marimo-call-{mode}", events=events, then=f"marimo-called-{mode}")
    claude.url(f"marimo-called-{mode}", text="It is cold.", rate=None)
    code = (
        'def lookup(city: str) -> str:\n    """Look up."""\n    return "5 degrees"\n'
        f'chat = ask({url!r}, tools=[lookup], approve="ask")\nprint("then", chat.text)'
    )
    page, _ = open_notebook(mode, code)
    page.get_by_role("button", name="Run", exact=True).last.click(timeout=30_000)
    expect(answer(page)).to_have_text("It is cold.")
    if mode == "edit":
        # An app shows nothing that a cell prints.
        expect(page.get_by_text("then It is cold.")).to_be_visible()
    matrix.record(f"marimo {mode}", "tool approval", "yes")


@pytest.mark.hosts
@pytest.mark.parametrize("mode", ["edit", "run"])
def test_a_pasted_picture_is_sent(open_notebook: Open, claude: ClaudeServer, mode: str) -> None:
    url = claude.url(f"marimo-paste-{mode}", text="A pixel:\n\n```python\n1 + 1\n```", rate=None)
    page, _ = open_notebook(mode, f"chat = ask({url!r})")
    expect(answer(page)).to_contain_text("A pixel", timeout=30_000)
    paste_picture(page.get_by_role("textbox", name="Message"))
    send(page, "What is it?")
    claude.wait_for(lambda: len(claude.records_of(f"marimo-paste-{mode}")) == 2)
    expect_picture_sent(claude.records_of(f"marimo-paste-{mode}")[1])
    expect(page.get_by_title("Copy the code")).to_have_count(2)
    expect(page.get_by_role("button", name="Insert", exact=True)).to_have_count(0)
    matrix.record(f"marimo {mode}", "Insert", "no, Copy")
    matrix.record(f"marimo {mode}", "paste", "yes")
    matrix.record(f"marimo {mode}", "message box", "yes")


@pytest.mark.hosts
def test_one_box_asks_all_models_of_a_comparison(open_notebook: Open, claude: ClaudeServer) -> None:
    models = ("marimo-answers-1", "marimo-answers-2")
    for model in models:
        claude.url(model, text=f"I am {model}.", rate=None, then=f"{model}-second")
        claude.url(f"{model}-second", text=LONG, rate=50)
    url = claude.url(BY_MODEL)
    code = (
        f"client = anthropic.AsyncAnthropic(api_key='k', base_url={url!r})\n"
        f"nbstream.compare('Who are you?', models={models!r}, client=client)"
    )
    page, _ = open_notebook("edit", code)
    box = page.get_by_role("textbox", name="Message to all models")
    box.fill("And who else?", timeout=30_000)
    box.press("Enter")
    claude.wait_for(lambda: all(len(claude.records_of(model)) == 2 for model in models))
    page.get_by_role("button", name="Stop all").click()
    for model in models:
        seconds_until_closed(claude, claude.records_of(model)[1], time.time())
    expect(page.get_by_role("button", name="Stop all")).to_have_count(0)
