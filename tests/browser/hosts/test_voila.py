"""Chats in Voilà: a real server, whose page comes after all cells have run, and a real page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser.hosts import matrix
from browser.hosts.pasting import expect_picture_sent, paste_picture
from browser.hosts.test_marimo import LONG, SETUP, expect_running, press_stop, seconds_until_closed, send
from browser.hosts.voila_server import VoilaServer
from browser.lab_session import expect_complete
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Locator, Page, expect

from nbstream.claude.demo import content_events

ASKING = '''
def double(n: int) -> int:
    """Double a number."""
    return 2 * n

asking = dict(tools=[double], approve="ask")
try:
    ask("http://127.0.0.1:9", **asking)
except RuntimeError as error:
    print("refused:", error)
'''

Open = Callable[..., Page]


@pytest.fixture
def open_notebook(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a notebook in a new server of Voilà; each page runs its cells in a kernel of its own."""
    errors: list[str] = []
    with ExitStack() as stack:

        def open_(*cells: str, options: tuple[str, ...] = ()) -> Page:
            server = stack.enter_context(VoilaServer(tmp_path, SETUP, *cells, options=options))
            context = browser.new_context(viewport={"width": 1100, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(server.url)
            return page

        yield open_
    assert errors == []


def chat(page: Page, number: int) -> Locator:
    """Bring a chat into sight, because nothing else is painted, and return it."""
    found = page.locator(".nbstream").nth(number)
    found.scroll_into_view_if_needed(timeout=60_000)
    return found


@pytest.mark.matrix
def test_the_page_shows_what_the_cells_asked_and_goes_on_from_there(
    open_notebook: Open, claude: ClaudeServer, record_property: Callable[[str, object], None]
) -> None:
    waited = claude.url("voila-waited", text="Hello there.", rate=None)
    # Longer than the high mark, and silent for longer than `abandon_after`.
    text = prose(8_000)
    long = claude.url("voila-long", text=text, rate=20_000)
    background = claude.url("voila-stop", text=LONG, rate=50, then="voila-closed")
    claude.url("voila-closed", text=LONG, rate=50)
    call = [{"type": "tool_use", "name": "double", "input": {"n": 21}}]
    asking = claude.url("voila-ask", events=list(content_events(call)), rate=None, then="voila-asked")
    claude.url("voila-asked", text="That is 42.", rate=None)
    page = open_notebook(
        f"nbstream.abandon_after = 3\nask({waited!r})",
        f"ask({long!r}, wait=False)",
        f"ask({background!r}, wait=False)",
        f"{ASKING}\nchat = ask({asking!r}, None, **asking)",
    )
    expect_complete(chat(page, 0), ["Hello there."], 60)
    expect(page.get_by_text("refused: The cell would wait for ever")).to_be_visible()
    expect_complete(chat(page, 1), text, 60)

    expect_running(chat(page, 2))
    [record] = claude.records_of("voila-stop")
    seconds = press_stop(chat(page, 2), claude, record)
    record_property("stop", json.dumps({"way": "voila", "seconds": seconds}))
    assert seconds < 1
    matrix.record("Voilà", "streams", "yes")
    matrix.record("Voilà", "Stop, ms", f"{1000 * seconds:.0f}")
    matrix.record("Voilà", "background", "yes")
    expect(chat(page, 2).get_by_role("status")).to_contain_text("Stopped")

    send(chat(page, 3), "Twice 21?")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(chat(page, 3).locator(".nbstream-text").last).to_have_text("That is 42.")
    matrix.record("Voilà", "message box", "yes")
    matrix.record("Voilà", "tool approval", "yes")

    # The tab is closed while an answer streams.
    send(chat(page, 2), "And on?")
    claude.wait_for(lambda: len(claude.records_of("voila-stop")) == 2)
    last = claude.records_of("voila-stop")[-1]
    claude.wait_for(lambda: last.deltas > 20)
    at = time.time()
    page.close()
    seconds = seconds_until_closed(claude, last, at, 20)
    record_property("closed", seconds)
    matrix.record("Voilà", "tab closed", f"{seconds:.0f} s")


@pytest.mark.hosts
def test_a_kernel_that_voila_keeps_in_reserve_shows_its_chats(open_notebook: Open, claude: ClaudeServer) -> None:
    text = "Hello there:\n\n```python\n1 + 1\n```"
    url = claude.url("voila-preheated", text=text, rate=None)
    page = open_notebook(f"ask({url!r})", options=("--preheat_kernel=True", "--pool_size=1"))
    shown = chat(page, 0)
    expect(shown.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    paste_picture(shown.get_by_role("textbox", name="Message"))
    send(shown, "Again.")
    expect(shown.get_by_title("Copy the code")).to_have_count(2)
    # The next kernel in reserve asks its first question meanwhile.
    [second] = [r for r in claude.records_of("voila-preheated") if len(r.body["messages"]) > 1]
    expect_picture_sent(second)
    expect(shown.get_by_role("button", name="Insert", exact=True)).to_have_count(0)
    matrix.record("Voilà", "paste", "yes")
    matrix.record("Voilà", "Insert", "no, Copy")
