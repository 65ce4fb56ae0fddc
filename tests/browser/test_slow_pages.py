"""Pages that are slow, hidden or one of several: each shows the whole answer, and none delays another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.evidence import FAILED, keep_evidence
from browser.lab import Lab
from browser.lab_session import LabSession, answer, expect_complete, set_hidden, stop_button
from browser.notebook import Notebook
from browser.slow import ANSWER, OBSERVER, ask_slowly, completed_at, throttle_cpu, wait_for_finish
from claude_server import ClaudeServer, Record, prose
from playwright.sync_api import Browser, Locator, expect

MAX_STOP_SECONDS = 1.0
"""Maximum from the user's click on Stop to the end of the request."""

MAX_LAG_SECONDS = 1.0
"""Maximum by which a page may lag while another one is slow."""


@pytest.fixture
def open_session(
    browser: Browser, lab: Lab, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[Callable[..., LabSession]]:
    """Open notebooks, each in a browser context of its own; one beside another shows the same notebook."""
    sessions: list[LabSession] = []

    def open_(beside: LabSession | None = None) -> LabSession:
        if beside is None:
            session = LabSession.open(browser, lab, claude)
        else:
            beside.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
            session = LabSession(Notebook.open(browser, lab, beside.notebook.path), claude)
        sessions.append(session)
        return session

    yield open_
    for index, session in enumerate(sessions):
        if request.node.stash.get(FAILED, False) and not session.page.is_closed():
            keep_evidence(session.notebook, f"{request.node.name}-{index}")
        session.notebook.close()


def ask(session: LabSession, name: str, text: list[str], rate: float, **scenario: Any) -> Locator:
    url = session.claude.url(name, text=text, rate=rate, **scenario)
    return session.run(f"chat = ask({url!r}, wait=False)")


def test_a_page_slowed_down_20_times_shows_the_whole_answer(open_session: Callable[..., LabSession]) -> None:
    session = open_session()
    text = prose(10_000, seed=20)
    cell = ask_slowly(session, "slow-page", text)
    completed_at(session, text)
    throttle_cpu(session, 1)
    expect_complete(cell, text)
    lengths = [length for length, _ in session.page.evaluate("window.lengthsAt")]
    assert lengths == sorted(lengths)


@pytest.mark.alone
def test_a_page_slowed_down_20_times_is_stopped_at_once(open_session: Callable[..., LabSession]) -> None:
    session = open_session()
    cell = ask_slowly(session, "slow-stop", prose(240_000))
    record = session.wait_for_deltas("slow-stop", 4_000)
    stop_button(cell).click(timeout=60_000)
    left = session.wait_for_disconnect(record, 20)
    took = left - session.page.evaluate("window.clickedAt") / 1000
    assert took < MAX_STOP_SECONDS


def test_a_hidden_page_shows_the_whole_answer_when_it_is_shown_again(
    open_session: Callable[..., LabSession],
) -> None:
    session = open_session()
    set_hidden(session.page, True)
    text = prose(12_000, seed=21)
    cell = ask(session, "hidden", text, 2_000)
    wait_for_finish(session.wait_for_deltas("hidden"), session)
    set_hidden(session.page, False)
    expect_complete(cell, text, 3)


@pytest.mark.alone
def test_of_two_browsers_the_slow_one_does_not_hold_up_the_fast_one(
    open_session: Callable[..., LabSession],
) -> None:
    fast = open_session()
    text = prose(6_000, seed=22)
    # The rest of the answer waits until the other pages are open.
    cell = ask(fast, "two", text, 400, gate=asyncio.Event(), gate_after=200)
    record = fast.wait_for_deltas("two", 200)
    slow = open_session(beside=fast)
    theirs = slow.notebook.cells.nth(1)
    expect(answer(theirs)).to_contain_text("the")
    gone = open_session(beside=fast)
    expect(answer(gone.notebook.cells.nth(1))).to_contain_text("the")
    fast.page.evaluate(OBSERVER, ANSWER)
    throttle_cpu(slow, 60)
    fast.claude.open_gate("two")
    fast.wait_for_deltas("two", 400)
    gone.page.context.close()
    end = wait_for_finish(record, fast)
    expect_complete(cell, text)
    assert fast.page.evaluate("window.lengthsAt.at(-1)[1]") - end < MAX_LAG_SECONDS
    assert max(lags(fast, record, text)) < MAX_LAG_SECONDS
    throttle_cpu(slow, 1)
    expect_complete(theirs, text)


def lags(session: LabSession, record: Record, text: list[str]) -> list[float]:
    """Return the age in seconds, at each update of the page, of the oldest text that the update brought."""
    lengths = []
    length = 0
    for piece in text:
        length += len(piece.replace("\n", "")) if "\n" in piece else len(piece)
        lengths.append(length)
    found = []
    before = None
    for length, at in session.page.evaluate("window.lengthsAt"):
        if before is not None:
            # The first piece that was not on the page before this update.
            index = next((i for i, end in enumerate(lengths) if end > before + 8), None)
            if index is not None:
                found.append(at - record.delta_times[index])
        before = length
    return found


def test_two_views_in_one_notebook_both_show_the_whole_answer(open_session: Callable[..., LabSession]) -> None:
    session = open_session()
    text = prose(3_000, seed=23)
    cell = ask(session, "views", text, 400)
    session.wait_for_deltas("views", 600)
    second = session.run("chat")
    expect_complete(cell, text)
    expect_complete(second, text)
