"""The page's heap after ten answers of which nine are cleared, against after one.

    python benchmarks/heap.py [tokens]

In a real JupyterLab, after forced collections; beside it the nodes of the document, which the heap does not hold.
"""

from __future__ import annotations

import sys

from bench import lab_session
from browser.lab_session import LabSession
from latency import words
from playwright.sync_api import CDPSession, Locator, expect

ANSWERS = 10
WITHIN = 1.2
"""Times the heap after one; the figure of the project's third issue."""


def used(cdp: CDPSession) -> tuple[float, int]:
    """Megabytes of the page's heap, and the nodes of its documents."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    heap = cdp.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    return float(heap), int(cdp.send("Memory.getDOMCounters")["nodes"])


def answered(session: LabSession, url: str) -> Locator:
    cell = session.notebook.run(f"ask({url!r});")
    session.notebook.wait_for_end(cell, 120)
    expect(cell.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    return cell


def main(tokens: int) -> None:
    with lab_session() as session:
        cdp = session.page.context.new_cdp_session(session.page)
        url = session.claude.url("heap", text=words(tokens), rate=None)
        answered(session, session.claude.url("warm", rate=None))
        empty = used(cdp)
        cells = [answered(session, url)]
        one = used(cdp)
        cells += [answered(session, url) for _ in range(ANSWERS - 1)]
        full = used(cdp)
        for cell in cells[:-1]:
            cell.locator(".jp-InputPrompt").click()
            session.page.evaluate("jupyterapp.commands.execute('notebook:clear-cell-output')")
            expect(cell.locator(".nbstream")).to_have_count(0)
        cleared = used(cdp)
        print(f"The page's heap, answers of {tokens:,} tokens")
        said = {"none": empty, "one": one, f"{ANSWERS}": full, f"{ANSWERS}, {ANSWERS - 1} cleared": cleared}
        for name, (heap, nodes) in said.items():
            print(f"  {name:15} {heap:6.1f} MB  {nodes:8,} nodes")
        ratio = cleared[0] / one[0]
        print(f"  {ratio:.2f} × after one (at most {WITHIN}{'' if ratio <= WITHIN else ', MISSED'})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 16_000)
