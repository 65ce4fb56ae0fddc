"""Typing in another cell while an answer streams, against typing on an idle page.

    python benchmarks/keys.py [tokens a second]

In a real JupyterLab: from the browser's stamp on a key to the frame that is painted after it, in turns on the
idle page and beside a stream, and the same on a page that is slowed down. All include the notebook's own cost of a
key. It ends in under eight minutes.
"""

from __future__ import annotations

import statistics
import sys

from bench import lab_session
from browser.lab_session import LabSession
from browser.slow import throttle_cpu
from latency import words
from playwright.sync_api import expect

KEYS = 80
GAP_MS = 50
SLOWDOWN = 6
"""Factor by which the page's processor is slowed down."""
ROUNDS = {1: 4, SLOWDOWN: 2}
"""Rounds by the slowdown. A round takes six times as long on the slow page, because its keys are as far apart."""
SECONDS = 120
"""The length of the answer, and the longest wait for the page."""
WITHIN = 1.2
"""Times the idle page's p95; the figure of the project's third issue."""

WATCH = """
() => {
  window.keys = [];
  const { port1, port2 } = new MessageChannel();
  const stamps = [];
  port1.onmessage = () => { for (const at of stamps.splice(0)) window.keys.push(performance.now() - at) };
  addEventListener("keydown", (event) => {
    stamps.push(event.timeStamp);
    requestAnimationFrame(() => port2.postMessage(0));
  }, true);
}
"""


def typed(session: LabSession, gap_ms: float) -> list[float]:
    """Return the times in ms from a key to its paint while the user types in the last cell."""
    session.notebook.cells.last.locator(".cm-content").click()
    session.page.evaluate("window.keys.length = 0")
    session.page.keyboard.type("words and " * (KEYS // 10), delay=gap_ms)
    session.page.wait_for_function(f"window.keys.length >= {KEYS}")
    found = list(session.page.evaluate("window.keys"))
    session.page.keyboard.press("Control+a")
    session.page.keyboard.press("Delete")
    return found


def compare(session: LabSession, rate: int, slowdown: int) -> tuple[list[float], list[float]]:
    """Return the times of keys on the idle page, and beside an answer that streams."""
    # Otherwise the keys of a slow page would wait for each other.
    gap_ms = GAP_MS * slowdown
    # It is stopped long before its end, on a loaded machine too.
    tokens = rate * SECONDS
    session.page.evaluate(WATCH)
    url = session.claude.url("keys", text=words(tokens), rate=rate)
    idle: list[float] = []
    beside: list[float] = []
    typed(session, gap_ms)
    for _ in range(ROUNDS[slowdown]):
        idle += typed(session, gap_ms)
        cell = session.run(f"ask({url!r}, wait=False);")
        expect(cell.get_by_role("status")).to_contain_text("tokens", timeout=SECONDS * 1000)
        beside += typed(session, gap_ms)
        # It streamed all the while.
        expect(cell.get_by_role("button", name="Stop")).to_be_visible()
        cell.get_by_role("button", name="Stop").click()
        expect(cell.get_by_role("status")).to_contain_text("Stopped", timeout=SECONDS * 1000)
        session.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    return idle, beside


def p95(values: list[float]) -> float:
    """Return the value that 95 % are below."""
    return statistics.quantiles(values, n=20)[-1]


def main(rate: int) -> None:
    with lab_session() as session:
        session.run(f"ask({session.claude.url('warm', rate=None)!r});")
        for slowdown in ROUNDS:
            throttle_cpu(session, slowdown)
            report(slowdown, rate, *compare(session, rate, slowdown))


def report(slowdown: int, rate: int, idle: list[float], beside: list[float]) -> None:
    print(f"From key to paint in another cell, ms, {len(idle)} keys each, on a page slowed down {slowdown} times")
    for name, keys in (("idle page", idle), (f"{rate:,} tokens/s", beside)):
        print(f"  {name:16} median {statistics.median(keys):5.1f}  p95 {p95(keys):5.1f}  worst {max(keys):5.1f}")
    ratio = p95(beside) / p95(idle)
    print(f"  p95 {ratio:.2f} × the idle page's (at most {WITHIN}{'' if ratio <= WITHIN else ', MISSED'})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
