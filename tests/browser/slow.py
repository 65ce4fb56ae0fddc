"""A page whose processor is slowed down, and what becomes of an answer on it."""

from __future__ import annotations

import asyncio

from browser.desk import Desk, shown
from claude_server import Record
from playwright.sync_api import Locator, expect

SLOWED = 20
"""Times that the page's processor is slowed down."""

ANSWER = "[data-role=assistant] .nbstream-text"

WATCH = """
(answers) => {
  Object.assign(window, { shownAt: [], clickedAt: 0, longest: 0, quiet: 0 });
  const clicked = (event) => { window.clickedAt = performance.timeOrigin + event.timeStamp };
  addEventListener("pointerdown", clicked, true);
  const note = () => {
    const body = [...document.querySelectorAll(answers)].at(-1);
    if (body) window.shownAt.push([body.textContent.length, Date.now() / 1000]);
  };
  new MutationObserver(note)
    .observe(document.querySelector(".jp-NotebookPanel"), { childList: true, characterData: true, subtree: true });
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    window.longest = Math.max(window.longest, (now - last) / 1000);
    window.quiet = now - last < 300 ? window.quiet + 1 : 0;
    last = now;
  }, 50);
}
"""
"""When how much stood on the page, when it was clicked, for how long it did nothing else, and whether it rests."""

RESTED = "window.quiet >= 20"


def slow_down(desk: Desk, times: float = SLOWED) -> None:
    desk.page.context.new_cdp_session(desk.page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def ask_slowly(
    desk: Desk,
    name: str,
    text: list[str],
    *,
    times: float = SLOWED,
    code: str = "chat = ask({url!r}, wait=False)",
    output: str = ".nbstream",
    answers: str = ANSWER,
) -> Locator:
    """The fastest answer on a page that is slowed down; its text comes when JupyterLab is done with the output."""
    desk.run(f"ask({desk.claude.url('warm', rate=None)!r});")
    desk.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    desk.page.evaluate(WATCH, answers)
    slow_down(desk, times)
    url = desk.claude.url(name, text=text, rate=2_000, gate=asyncio.Event())
    cell = desk.notebook.run(code.format(url=url))
    expect(cell.locator(output)).to_be_attached(timeout=60_000)
    desk.page.evaluate("window.quiet = 0")
    desk.page.wait_for_function(RESTED, timeout=60_000)
    desk.page.evaluate("window.longest = 0")
    desk.claude.open_gate(name)
    return cell


def ended(record: Record, desk: Desk) -> float:
    desk.claude.wait_for(lambda: record.finished_at, 120)
    assert record.finished_at is not None
    return record.finished_at


def whole_at(desk: Desk, text: list[str]) -> float:
    """The first moment at which all of an answer stood on the page; what changes after it is not the answer."""
    found = desk.page.wait_for_function(
        "(length) => window.shownAt.find(([shown]) => shown >= length)?.[1]",
        arg=len(shown("".join(text))),
        timeout=120_000,
    )
    return float(found.json_value())
