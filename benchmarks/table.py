"""The table of nbstream's costs beside those of the loops that people write by hand, all in one run.

    python benchmarks/table.py [--rounds N] [--save] [--docs]

A real JupyterLab, a real Chromium and a real HTTP server. The ways that are compared are in `ways.py`, and the
goals in `table_rows.py`. W1: 1,000 tokens at 50 a second; W2: 8,000 of mixed Markdown at 400; W3: 16,000 as
fast as the server sends; W4: 64,000 at 2,000. One run measures everything at once, so the figures belong
together. It takes 15 minutes, and ends with status 1 if a goal is missed. `--save` writes
`benchmarks/results.json` and puts the table into the documentation; `--docs` does the latter with the saved
figures.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench import jupyterlab
from browser.lab import Lab, wait_until
from browser.lab_session import LabSession
from browser.notebook import Notebook
from claude_server import ClaudeServer
from keys import compare, p95
from painted import PaintClock
from playwright.sync_api import Browser
from startup import over_anywidget
from table_rows import as_markdown, as_text, judge, put_into
from ways import CELLS, FIRST_CELLS, LOADS, SETUP, TAG_EVERY, WAYS, Load, mixed

ROOT = Path(__file__).parents[1]
SAVED = ROOT / "benchmarks" / "results.json"
LATEST = ROOT / "build" / "bench.json"
DOCS = ROOT / "docs" / "measurements.md"

ROUNDS = 3
ONCE = {"W1"}
"""Answers that are shown once, because bytes are the same in each round."""

Figures = dict[str, dict[str, dict[str, list[float]]]]


class Table:
    """The figures of a run so far."""

    def __init__(self) -> None:
        self.figures: Figures = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, title: str, load: str, way: str, figure: float) -> None:
        self.figures[title][load][way].append(figure)

    def measure(self, session: LabSession, clock: PaintClock, load: str, way: str) -> None:
        """Show one answer in one way."""
        case, notebook = LOADS[load], session.notebook
        pieces = mixed(case.tokens)
        name = "".join(filter(str.isalnum, f"{way}{load}"))
        url = session.claude.url(name, text=pieces, rate=case.rate, pause_every=case.pause_every)
        prepare, show = CELLS[way]
        notebook.clear()
        session.run("spent = None")
        if prepare:
            session.run(prepare)
        size = saved_size(session)
        clock.restart()
        page_cpu, first = clock.cpu(), len(notebook.received)
        code = f"began = time.process_time()\n{show.format(url=url)}\nspent = time.process_time() - began"
        cell = notebook.run(code)
        notebook.wait_for_end(cell, case.seconds)
        clock.wait_for((case.tokens - 1) // TAG_EVERY * TAG_EVERY, case.seconds)
        page_cpu = clock.cpu() - page_cpu
        messages, tasks, painted = notebook.received[first:], clock.long_tasks(), clock.painted_at()
        sent = session.claude.records_of(name)[-1].delta_times
        self.add("kernel CPU, s", load, way, session.evaluate("spent"))
        self.add("page main thread CPU, s", load, way, page_cpu)
        self.add("latency p95, s", load, way, p95(list(delays(case, sent, painted))))
        self.add("tasks over 50 ms", load, way, len(tasks))
        self.add("longest task, ms", load, way, max(tasks, default=0.0))
        self.add("last token to last pixel, s", load, way, max(painted.values()) - sent[-1])
        size_of_answer = len("".join(pieces).encode())
        self.add("bytes to the page over the answer's", load, way, sum(map(len, messages)) / size_of_answer)
        if way != "floor":
            growth = saved_size(session) - size
            self.add("growth of the saved notebook, kB", load, way, growth / 1000)
            self.add("growth of the saved notebook, kB", load, "text", len(json.dumps("".join(pieces))) / 1000)


def delays(case: Load, sent: list[float], painted: dict[int, float]) -> Iterator[float]:
    """Yield the seconds to its pixels, of each token that says its number or is the first after a pause."""
    seen = sorted(painted)
    at = 0
    for number in range(case.pause_every or 0, case.tokens, case.pause_every or TAG_EVERY):
        while seen[at] < number:
            at += 1
        yield min(painted[later] for later in seen[at : at + 2]) - sent[number]


def saved_size(session: LabSession) -> int:
    """Save the notebook, and return the size of its file."""
    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    return session.notebook.path.stat().st_size


def first_answer(browser: Browser, lab: Lab, claude: ClaudeServer, way: str) -> float:
    """Return the seconds from the start of the first cell of a fresh kernel to the first pixel of the answer."""
    notebook = Notebook.open(browser, lab, lab.notebook())
    session = LabSession(notebook, claude)
    url = claude.url("start", text=mixed(30), rate=200)
    session.run(f"%env ANTHROPIC_BASE_URL={url}\n%env ANTHROPIC_API_KEY=k")
    clock = PaintClock(notebook.page)
    notebook.run(FIRST_CELLS[way])
    clock.wait_for(0, 60)
    seconds = min(clock.painted_at().values()) - session.last_input_at()
    notebook.close()
    return seconds


def load_page(session: LabSession) -> None:
    """Show an answer with everything that the answers have, so that the page gets its code before them.

    The colours of code are 239 kB that a page gets once. They are no bytes of the first answer that has code.
    """
    session.run(f"ask({session.claude.url('warm', text=mixed(400), rate=None)!r});")

    def has_colours() -> bool:
        session.page.wait_for_timeout(20)
        return any(b'"asset": "code"' in message for message in session.notebook.received)

    wait_until(has_colours)


def run(table: Table, rounds: int) -> None:
    """Run everything, and add it to the table."""
    with jupyterlab() as (browser, lab, claude):
        for _ in range(rounds):
            for way in FIRST_CELLS:
                table.add("first answer in a fresh kernel, s", "", way, first_answer(browser, lab, claude, way))
        session = LabSession.open(browser, lab, claude)
        session.run(SETUP)
        clock = PaintClock(session.page)
        load_page(session)
        for at in range(rounds):
            for name in LOADS:
                for way in WAYS if at == 0 or name not in ONCE else ():
                    table.measure(session, clock, name, way)
                    print(f"round {at + 1}, {name}, {way}", file=sys.stderr, flush=True)
        session.notebook.clear()
        idle, beside = compare(session, 2_000)
    for way, keys in (("idle", idle), ("nbstream", beside)):
        table.add("typing p95 beside W4, ms", "", way, p95(keys))
    table.add("import over anywidget, ms", "", "nbstream", over_anywidget("nbstream"))


def measured(rounds: int) -> dict[str, object]:
    """Return the results of a run. What was measured before an error is kept in `build/`."""
    table, load = Table(), os.getloadavg()[0]
    try:
        run(table, rounds)
    finally:
        results: dict[str, object] = {
            "load": [load, os.getloadavg()[0]],
            "rounds": rounds,
            "figures": table.figures,
        }
        LATEST.parent.mkdir(exist_ok=True)
        LATEST.write_text(rounded(results), "utf-8")
    return results


def rounded(results: dict[str, object]) -> str:
    """Return the results as JSON, with figures of five digits and a list on one line."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    text = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.5g}", text)
    return re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def main() -> int:
    # A run that is ended from outside keeps what it has measured, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--docs", action="store_true")
    given = parser.parse_args()
    results = json.loads(SAVED.read_text("utf-8")) if given.docs else json.loads(rounded(measured(given.rounds)))
    if given.save and not given.docs:
        SAVED.write_text(rounded(results), "utf-8")
    if given.save or given.docs:
        DOCS.write_text(put_into(DOCS.read_text("utf-8"), as_markdown(results)), "utf-8")
    print(as_text(results))
    missed = [judged for judged in judge(results) if not judged.is_met]
    print(f"{len(missed)} of {len(judge(results))} goals missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
