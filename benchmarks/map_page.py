"""CPU of the page for a run over 1,000 rows, beside a bare `ipywidgets.IntProgress` that moves ten times a second.

    python benchmarks/map_page.py [rounds]

Both are in one JupyterLab and one Chromium, and take turns. The scripted server answers each row in the time that
lets the run take about `SECONDS` on an idle machine, and the bar moves for as long as the run took. CPU is the
page's main thread (CDP, task duration), all of JupyterLab included; each figure is the least of its rounds. The
CPU of a page on which nothing moves is printed too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from bench import lab_session
from browser.lab_session import LabSession
from playwright.sync_api import CDPSession, expect

ROWS, CONCURRENCY, SECONDS = 1_000, 8, 20.0

AT_MOST = 1.5
"""Times the CPU of the bar."""

RUN = f"""
client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url={{url!r}}, max_retries=0)
texts = [f"Review {{{{n}}}}: " + "warm and light, but the zip fails " * 3 for n in range({ROWS})]
batch = nbstream.map("Label {{{{{{{{row}}}}}}}}", texts, client=client, concurrency={CONCURRENCY})
"""

BAR = f"""
import ipywidgets
bar = ipywidgets.IntProgress(max={ROWS})
display(bar)
end = time.monotonic() + {{seconds}}
while time.monotonic() < end:
    bar.value = {ROWS} - int((end - time.monotonic()) / {{seconds}} * {ROWS})
    time.sleep(0.1)
"""


def main(rounds: int) -> None:
    with lab_session() as session:
        page = session.page.context.new_cdp_session(session.page)
        page.send("Performance.enable")
        pace = CONCURRENCY * SECONDS / ROWS
        url = session.claude.url("rows", text=["good"], rate=1 / pace)
        figures: dict[str, list[float]] = {"run": [], "bar": [], "nothing": []}
        for _ in range(rounds):
            began = time.monotonic()
            figures["run"].append(cpu_of(page, lambda: run(session, RUN.format(url=url), batch=True)))
            seconds = time.monotonic() - began
            figures["bar"].append(cpu_of(page, lambda s=seconds: run(session, BAR.format(seconds=s))))
            figures["nothing"].append(cpu_of(page, lambda s=seconds: session.page.wait_for_timeout(s * 1_000)))
            session.notebook.clear()
    best = {name: min(all_rounds) for name, all_rounds in figures.items()}
    for name, all_rounds in figures.items():
        print(f"{name:8} {best[name]:6.2f} s of CPU   rounds {[round(each, 2) for each in all_rounds]}")
    ratio = best["run"] / best["bar"]
    print(f"1,000 rows in {seconds:.0f} s: {ratio:.2f} x a bare bar, at most {AT_MOST}")


def cpu_of(page: CDPSession, act: Callable[[], object]) -> float:
    page.send("HeapProfiler.collectGarbage")
    before = clock(page)
    act()
    return clock(page) - before


def clock(page: CDPSession) -> float:
    metrics = page.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def run(session: LabSession, code: str, *, batch: bool = False) -> None:
    cell = session.notebook.run(code)
    if batch:
        expect(cell.get_by_role("status")).to_contain_text(f"{ROWS:,} of {ROWS:,} rows", timeout=120_000)
    session.notebook.wait_for_end(cell, 120)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
