"""Answers on a page that was offline for long: whether they are complete, and how soon the page has caught up.

    python benchmarks/offline.py [seconds…]

A proxy between Chromium and JupyterLab cuts every connection and refuses new ones for so long (60 and 600 s by
default), while Claude's answer goes on in the kernel. Past two minutes JupyterLab has given up by itself, and
nothing tells the page that the network is back. The time is printed beside that after which JupyterLab had its
connection again.
"""

from __future__ import annotations

import sys
import time

from bench import jupyterlab
from browser.lab_session import LabSession, expect_complete, paragraph_text
from browser.proxy import Proxy
from browser.test_links import KERNEL, ask, shown_length
from claude_server import ClaudeServer, prose

AWAY = (60.0, 600.0)
RATE = 15
"""Tokens a second: slow enough to go on for all the time."""

LONGER = 40
"""Minimum time for which the answer goes on after the page is back, in seconds."""


def away(session: LabSession, proxy: Proxy, claude: ClaudeServer, seconds: float) -> None:
    session.run("nbstream.abandon_after = None")
    name, text = f"offline-{seconds:g}", prose(int((seconds + LONGER) * RATE), seed=int(seconds))
    cell = ask(session, name, text, RATE)
    session.wait_for_deltas(name, 50)
    proxy.cut(away_seconds=seconds)
    time.sleep(seconds + 0.5)
    back = time.monotonic()
    before, sent = shown_length(cell), claude.records_of(name)[-1].deltas
    missed = len(paragraph_text("".join(text[:sent])))
    connected = caught_up = None
    while caught_up is None and time.monotonic() < back + 200:
        if connected is None and session.page.evaluate(f"{KERNEL}.connectionStatus") == "connected":
            connected = time.monotonic() - back
        if shown_length(cell) >= missed:
            caught_up = time.monotonic() - back
        session.page.wait_for_timeout(50)
    expect_complete(cell, text, seconds=120)
    print(
        f"  away for {seconds:5.0f} s: {missed - before:6,} characters missed,"
        f" connected after {connected or float('nan'):5.1f} s, all of them there after"
        f" {caught_up or float('nan'):5.1f} s; the whole answer exact"
    )


def main(lengths: list[float]) -> None:
    with jupyterlab() as (browser, lab, claude):
        for seconds in lengths:
            with Proxy(lab.port) as proxy:
                session = LabSession.open(browser, lab.through(proxy.url), claude)
                away(session, proxy, claude, seconds)
                session.notebook.close()


if __name__ == "__main__":
    main([float(given) for given in sys.argv[1:]] or list(AWAY))
