"""Readers whose page is slow, or hidden, or one of several: each gets all, and none holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.desk import Desk, answer, expect_whole, hide, stop_button
from browser.evidence import FAILED, keep_evidence
from browser.lab import Lab
from browser.notebook import Notebook
from browser.slow import ANSWER, WATCH, ask_slowly, ended, slow_down, whole_at
from claude_server import ClaudeServer, Record, prose
from playwright.sync_api import Browser, Locator, expect

STOPPED_WITHIN = 1.0
"""Seconds from the reader's click on it to the end of the request."""

FAST_LAGS = 1.0
"""Seconds that a page may be behind because another one is slow."""


@pytest.fixture
def opened(
    browser: Browser, lab: Lab, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Desk]]:
    """Opens notebooks, each in a browser of its own; a second one shows what the first one runs."""
    desks: list[Desk] = []

    def open_(beside: Desk | None = None) -> Desk:
        if beside is None:
            desk = Desk.open(browser, lab, claude)
        else:
            beside.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
            desk = Desk(Notebook.open(browser, lab, beside.notebook.path), claude)
        desks.append(desk)
        return desk

    yield open_
    for index, desk in enumerate(desks):
        if request.node.stash.get(FAILED, False) and not desk.page.is_closed():
            keep_evidence(desk.notebook, f"{request.node.name}-{index}")
        desk.notebook.close()


def ask(desk: Desk, name: str, text: list[str], rate: float, **scenario: Any) -> Locator:
    url = desk.claude.url(name, text=text, rate=rate, **scenario)
    return desk.run(f"chat = ask({url!r}, wait=False)")


def test_a_page_slowed_down_20_times_shows_all(opened: Callable[..., Desk]) -> None:
    desk = opened()
    text = prose(10_000, seed=20)
    cell = ask_slowly(desk, "slow-page", text)
    whole_at(desk, text)
    slow_down(desk, 1)
    expect_whole(cell, text)
    lengths = [length for length, _ in desk.page.evaluate("window.shownAt")]
    assert lengths == sorted(lengths)


@pytest.mark.alone
def test_a_page_slowed_down_20_times_is_stopped_at_once(opened: Callable[..., Desk]) -> None:
    desk = opened()
    cell = ask_slowly(desk, "slow-stop", prose(240_000))
    record = desk.reached("slow-stop", 4_000)
    stop_button(cell).click(timeout=60_000)
    left = desk.closed(record, 20)
    took = left - desk.page.evaluate("window.clickedAt") / 1000
    assert took < STOPPED_WITHIN


def test_a_hidden_page_is_whole_when_it_is_shown_again(opened: Callable[..., Desk]) -> None:
    desk = opened()
    hide(desk.page, True)
    text = prose(12_000, seed=21)
    cell = ask(desk, "hidden", text, 2_000)
    ended(desk.reached("hidden"), desk)
    hide(desk.page, False)
    expect_whole(cell, text, 3)


@pytest.mark.alone
def test_of_two_browsers_the_slow_one_does_not_hold_up_the_fast_one(opened: Callable[..., Desk]) -> None:
    fast = opened()
    text = prose(6_000, seed=22)
    # The rest waits until the others are open.
    cell = ask(fast, "two", text, 400, gate=asyncio.Event(), gate_after=200)
    record = fast.reached("two", 200)
    slow = opened(beside=fast)
    theirs = slow.notebook.cells.nth(1)
    expect(answer(theirs)).to_contain_text("the")
    gone = opened(beside=fast)
    expect(answer(gone.notebook.cells.nth(1))).to_contain_text("the")
    fast.page.evaluate(WATCH, ANSWER)
    slow_down(slow, 60)
    fast.claude.open_gate("two")
    fast.reached("two", 400)
    gone.page.context.close()
    end = ended(record, fast)
    expect_whole(cell, text)
    assert fast.page.evaluate("window.shownAt.at(-1)[1]") - end < FAST_LAGS
    assert max(lags(fast, record, text)) < FAST_LAGS
    slow_down(slow, 1)
    expect_whole(theirs, text)


def lags(desk: Desk, record: Record, text: list[str]) -> list[float]:
    """How old the newest text on the page was that had not been there at the update before, each time."""
    lengths = []
    length = 0
    for piece in text:
        length += len(piece.replace("\n", "")) if "\n" in piece else len(piece)
        lengths.append(length)
    found = []
    before = None
    for length, at in desk.page.evaluate("window.shownAt"):
        if before is not None:
            # The first piece that was not on the page until now.
            index = next((i for i, end in enumerate(lengths) if end > before + 8), None)
            if index is not None:
                found.append(at - record.delta_times[index])
        before = length
    return found


def test_two_views_in_one_notebook_are_both_whole(opened: Callable[..., Desk]) -> None:
    desk = opened()
    text = prose(3_000, seed=23)
    cell = ask(desk, "views", text, 400)
    desk.reached("views", 600)
    second = desk.run("chat")
    expect_whole(cell, text)
    expect_whole(second, text)
