"""From a delta on the wire to its pixels, in a real JupyterLab.

    python benchmarks/latency.py

The server notes when it sends each delta; the page notes after each frame that it painted which of them stand in
it. So the figure holds the SDK, the kernel, both websockets, the time that lies between frames, and the
paint. It is printed beside the cost of the time between frames alone, for which a delta may have to wait.
"""

from __future__ import annotations

import statistics

from bench import lab_session
from browser.lab_session import LabSession
from playwright.sync_api import expect

from nbstream.core.outbox import FRAME_INTERVAL_SECONDS

CASES = ((50, 500), (400, 4_000), (2_000, 20_000))
"""Tokens a second, and tokens."""

P95 = 200
"""Milliseconds; the figure of the project's third issue."""

WATCH = """
() => {
  const seen = window.seen = [];
  const note = () => {
    const bodies = document.querySelectorAll(".nbstream-text");
    const words = (bodies[bodies.length - 1]?.textContent ?? "").slice(-200).match(/w\\d+(?=x)/g);
    if (words) seen.push([Number(words.at(-1).slice(1)), Date.now()]);
  };
  const { port1, port2 } = new MessageChannel();
  // Posted within a frame, it comes after the frame is painted.
  port1.onmessage = note;
  new MutationObserver(() => requestAnimationFrame(() => port2.postMessage(0)))
    .observe(document.querySelector(".jp-NotebookPanel"), { childList: true, characterData: true, subtree: true });
}
"""


def words(tokens: int) -> list[str]:
    """Deltas that say which they are, in paragraphs with a list between them."""
    return [
        ("\n\n" if n % 60 == 0 else "\n- " if n % 60 > 40 and n % 5 == 0 else " ") + f"w{n}x"
        for n in range(tokens)
    ]


def delays(session: LabSession, rate: int, tokens: int) -> list[float]:
    """For each delta, ms until it was painted."""
    name = f"latency{rate}"
    url = session.claude.url(name, text=words(tokens), rate=rate)
    session.page.evaluate("window.seen.length = 0")
    cell = session.notebook.run(f"ask({url!r})")
    session.notebook.wait_for_end(cell, tokens / rate + 60)
    expect(cell.get_by_role("status")).to_contain_text("Done")
    sent = session.claude.records_of(name)[-1].delta_times
    seen = [(int(last), at) for last, at in session.page.evaluate("window.seen")]
    assert max(last for last, _ in seen) == tokens - 1
    found, next_ = [], 0
    for last, at in seen:
        found += [at - sent[n] * 1000 for n in range(next_, last + 1)]
        next_ = max(next_, last + 1)
    return found


def main() -> None:
    with lab_session() as session:
        session.run(f"ask({session.claude.url('warm', rate=None)!r});")
        session.page.evaluate(WATCH)
        print(
            "From a delta on the wire to its pixels, ms"
            f" (the time between frames alone: median {FRAME_INTERVAL_SECONDS * 500:.0f},"
            f" p95 {FRAME_INTERVAL_SECONDS * 950:.0f})"
        )
        for rate, tokens in CASES:
            found = delays(session, rate, tokens)
            p95 = statistics.quantiles(found, n=20)[-1]
            print(
                f"  {rate:5} tokens/s  {len(found):6,} deltas  median {statistics.median(found):4.0f}"
                f"  p95 {p95:4.0f} (at most {P95}{'' if p95 <= P95 else ', MISSED'})  worst {max(found):4.0f}"
            )


if __name__ == "__main__":
    main()
