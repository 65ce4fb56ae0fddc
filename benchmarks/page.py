"""CPU of the page's main thread for an answer, in a real Chromium, compared with plain text and other renderers.

    python benchmarks/page.py [cost] [growth] [peers] [tasks] [lengths [part of a construct's name]]

`cost`: CPU of a 64,000-token answer (250 KB) in flushes of 40 and of 400 characters, divided by the floor: the
same text, plain, a node a line, in boxes of 32 lines. `growth`: 64,000 tokens divided by 16,000. `peers`: the same
for the usual ways, on shorter texts, since most of them cost the square of the length: `naive` is marked and
DOMPurify into innerHTML, `tail` is markdown-it on the text after the last blank line, `streaming` is
streaming-markdown. `tasks`: a whole chat with its connection and painter at 400 and 2,000 tokens a second; the
longest task, and the most updates of the page a second, over any eleven. `lengths`: for every construct of the
parser, the longest task of a text of 100,000 characters that comes in the pieces in which the page paints.

CPU is the thread's own (CDP, thread ticks), layout included; each figure is the least of its rounds. The page's
half is in `js/bench`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import CHROMIUM, CHROMIUM_FLAGS
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).parents[1]
JS = ROOT / "js"

AT_MOST = {"mixed": 2, "code": 2, "list": 2, "table": 3, "inline": 3}
"""Times the floor; the figures of the project's third issue, as are those below."""

GROWTH = 4.2
TASK_MS = {400: 50, 2_000: 50}
UPDATES = 10

WHOLE, QUARTER = 250_000, 62_500
FLUSHES = (400, 40)
ROUNDS = 3

PEERS = ("plain", "nbstream", "streaming", "tail", "naive")
SHORT = {400: QUARTER // 2, 40: QUARTER // 8}
"""Characters of the peers' texts by the flush: the naive way takes minutes for more."""

LENGTH, PIECE = 100_000, 1_024
"""Characters of a hostile text, and of the pieces in which the page paints; see `text-feed.ts`."""

LENGTH_TASK_MS = 200

STREAMED = ("mixed", "code", "table", "list")
SECONDS = 15
"""Measured at the end of a text, where it is longest."""


@dataclass
class Stage:
    """A page with the benchmark's code in it, and its main thread's clock."""

    browser: Browser
    page: Page
    cdp: CDPSession

    def feed(self, candidate: str, kind: str, size: int, flush: int) -> float:
        """CPU seconds of the main thread to show a text."""
        self.page.evaluate("([...all]) => bench.take(...all)", [kind, size])
        self.collect_garbage()
        return (
            self.cpu_ms(lambda: self.page.evaluate("([...all]) => bench.feed(...all)", [candidate, flush])) / 1e3
        )

    def collect_garbage(self) -> None:
        self.cdp.send("HeapProfiler.collectGarbage")

    def cpu_ms(self, work: Callable[[], object]) -> float:
        """CPU of the main thread while something is done on the page."""
        before = self._clock()
        work()
        return (self._clock() - before) * 1e3

    def _clock(self) -> float:
        metrics = self.cdp.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    def best(self, *case: Any) -> float:
        return min(self.feed(*case) for _ in range(ROUNDS))

    def stream(self, kind: str, rate: int) -> tuple[list[float], list[float], float]:
        """The tasks of the main thread in ms, by the clock and in CPU, and the most updates a second."""
        self.page.evaluate("([...all]) => bench.prepare(...all)", [kind, rate, SECONDS])
        self.collect_garbage()
        self.browser.start_tracing(page=self.page, categories=["disabled-by-default-devtools.timeline"])
        updates = round(self.page.evaluate("(rate) => bench.stream(rate)", rate), 1)
        tasks = main_tasks(json.loads(self.browser.stop_tracing())["traceEvents"])
        return [t["dur"] / 1e3 for t in tasks], [t.get("tdur", t["dur"]) / 1e3 for t in tasks], updates

    def trickle(self, name: str) -> list[float]:
        """The main thread's tasks while a text of a construct comes, in ms of CPU."""
        self.page.evaluate("() => bench.clear()")
        self.browser.start_tracing(page=self.page, categories=["disabled-by-default-devtools.timeline"])
        self.page.evaluate("([...all]) => bench.trickle(...all)", [name, LENGTH, PIECE])
        tasks = main_tasks(json.loads(self.browser.stop_tracing())["traceEvents"])
        return [task.get("tdur", task["dur"]) / 1e3 for task in tasks]


def main_tasks(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks of the busiest renderer's main thread."""
    mains = [(e["pid"], e["tid"]) for e in events if e.get("args", {}).get("name") == "CrRendererMain"]
    tasks = {
        main: [e for e in events if e["name"] == "RunTask" and (e["pid"], e["tid"]) == main and "dur" in e]
        for main in mains
    }
    return max(tasks.values(), key=lambda own: sum(task["dur"] for task in own))


@contextmanager
def blank_stage(source: str) -> Iterator[Stage]:
    """A page with the code of a file of `js/bench` in it."""
    options = ["--bundle", "--format=iife", "--global-name=bench", "--charset=utf8", "--minify"]
    command = ["node_modules/.bin/esbuild", f"bench/{source}", *options]
    script = subprocess.run(command, cwd=JS, check=True, capture_output=True, encoding="utf-8").stdout
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.set_content("<!doctype html><body>")
        page.add_style_tag(path=ROOT / "src/nbstream/static/widget.css")
        page.add_script_tag(content=script)
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield Stage(browser, page, cdp)
        browser.close()


@contextmanager
def stage() -> Iterator[Stage]:
    """A page that has shown a short text in each way, so that its code is compiled."""
    with blank_stage("page.ts") as made:
        for kind in AT_MOST:
            for candidate in ("plain", "nbstream"):
                made.feed(candidate, kind, 30_000, 40)
        yield made


def judged(value: float, most: float, digits: int = 2) -> str:
    return f"{value:.{digits}f} (at most {most}{'' if value <= most else ', MISSED'})"


def cost(made: Stage) -> None:
    print(f"{WHOLE:,} characters, CPU seconds, times the floor")
    for flush in FLUSHES:
        for kind, most in AT_MOST.items():
            floor, ours = (made.best(who, kind, WHOLE, flush) for who in ("plain", "nbstream"))
            print(
                f"  {flush:4} at once  {kind:7} floor {floor:5.2f}  nbstream {ours:5.2f}  ×",
                judged(ours / floor, most),
            )


def growth(made: Stage) -> None:
    print(f"{WHOLE:,} characters cost, times what {QUARTER:,} cost")
    for flush in FLUSHES:
        for kind in AT_MOST:
            whole, quarter = (made.best("nbstream", kind, size, flush) for size in (WHOLE, QUARTER))
            print(
                f"  {flush:4} at once  {kind:7} {whole:5.2f} / {quarter:5.2f} =", judged(whole / quarter, GROWTH)
            )


def peers(made: Stage) -> None:
    for flush, size in SHORT.items():
        print(f"{size:,} characters, {flush} at once, CPU seconds and times the floor, one round")
        for kind in AT_MOST:
            spent = {who: made.feed(who, kind, size, flush) for who in PEERS}
            line = "  ".join(f"{who} {own:6.2f} ({own / spent['plain']:5.1f})" for who, own in spent.items())
            print(f"  {kind:7} {line}")


def tasks(made: Stage) -> None:
    print(f"The last {SECONDS} s of a chat that streams: longest task, ms of CPU; updates a second")
    for rate, most in TASK_MS.items():
        for kind in STREAMED:
            wall, cpu, updates = made.stream(kind, rate)
            print(
                f"  {rate:5} tokens/s  {kind:5}  {judged(max(cpu), most, 0)}, by the clock {max(wall):.0f};",
                f"updates {judged(updates, UPDATES, 1)}",
            )


def lengths(made: Stage, chosen: str = "") -> None:
    print(f"{LENGTH:,} characters of a construct: the longest task, and all tasks together, ms of CPU")
    for name in made.page.evaluate("() => bench.constructs()"):
        if chosen not in name:
            continue
        cpu = made.trickle(name)
        print(f"  {judged(max(cpu), LENGTH_TASK_MS, 0)}, {sum(cpu):6.0f}  {name}", flush=True)


def main(parts: list[str]) -> None:
    with stage() as made:
        if parts[:1] == ["lengths"]:
            lengths(made, *parts[1:])
            return
        for part in (cost, growth, peers, tasks, lengths):
            if not parts or part.__name__ in parts:
                part(made)


if __name__ == "__main__":
    main(sys.argv[1:])
