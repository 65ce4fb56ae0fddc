"""Pages whose processor is slowed down, and measurements of the answers on them."""

from __future__ import annotations

import asyncio

from browser.lab_session import LabSession, paragraph_text
from claude_server import Record
from playwright.sync_api import Locator, expect

CPU_SLOWDOWN = 20
"""Factor by which the page's processor is slowed down."""

ANSWER = "[data-role=assistant] .nbstream-text"

OBSERVER = """
(answers) => {
  Object.assign(window, { lengthsAt: [], clickedAt: 0, longest: 0, quiet: 0 });
  const clicked = (event) => { window.clickedAt = performance.timeOrigin + event.timeStamp };
  addEventListener("pointerdown", clicked, true);
  const note = () => {
    const body = [...document.querySelectorAll(answers)].at(-1);
    if (body) window.lengthsAt.push([body.textContent.length, Date.now() / 1000]);
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
"""Notes in the page: `lengthsAt`, pairs of the answer's length and the time in seconds; `clickedAt`, the time of
the latest click in milliseconds; `longest`, the longest time in seconds between two runs of a timer of 50 ms;
`quiet`, the number of latest runs in a row that were on time."""

IS_QUIET = "window.quiet >= 20"


def throttle_cpu(session: LabSession, times: float = CPU_SLOWDOWN) -> None:
    session.page.context.new_cdp_session(session.page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def ask_slowly(
    session: LabSession,
    name: str,
    text: list[str],
    *,
    times: float = CPU_SLOWDOWN,
    code: str = "chat = ask({url!r}, wait=False)",
    output: str = ".nbstream",
    answers: str = ANSWER,
) -> Locator:
    """Ask for the fastest answer on a page that is slowed down; return the cell.

    The page becomes slow, and its text comes, when JupyterLab has finished with the output and the page is quiet:
    Chromium slows a page down by spinning, so that JupyterLab's own work would cost that many times its time.

    Args:
        session: The session whose page is slowed down.
        name: The name of the scenario.
        text: The pieces of the answer.
        times: The factor by which the processor is slowed down.
        code: The code of the cell, with `{url}` for the scenario's URL.
        output: The selector of the output.
        answers: The selector of the answers, of which the last one is observed.
    """
    session.run(f"ask({session.claude.url('warm', rate=None)!r});")
    session.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    session.page.evaluate(OBSERVER, answers)
    url = session.claude.url(name, text=text, rate=2_000, gate=asyncio.Event())
    cell = session.notebook.run(code.format(url=url))
    expect(cell.locator(output)).to_be_attached(timeout=60_000)
    session.page.evaluate("window.quiet = 0")
    session.page.wait_for_function(IS_QUIET, timeout=60_000)
    throttle_cpu(session, times)
    session.page.evaluate("window.longest = 0")
    session.claude.open_gate(name)
    return cell


def wait_for_finish(record: Record, session: LabSession) -> float:
    """Wait until all of an answer is sent; return the time of that."""
    session.claude.wait_for(lambda: record.finished_at, 120)
    assert record.finished_at is not None
    return record.finished_at


def completed_at(session: LabSession, text: list[str]) -> float:
    """Return the time at which the page first held all of an answer; later changes are not the answer's."""
    found = session.page.wait_for_function(
        "(length) => window.lengthsAt.find(([reached]) => reached >= length)?.[1]",
        arg=len(paragraph_text("".join(text))),
        timeout=120_000,
    )
    return float(found.json_value())
