"""Reloads and cuts at random moments: whether text is lost or doubled, and how soon a reloaded page has it again.

    python benchmarks/reloads.py [runs] [first seed]

A proxy stands between Chromium and JupyterLab. Several chats stream at once in one notebook while the page is
loaded again, its connections are cut, refused or stalled, by a seed. The time from a reload to the text so
far is printed beside the time in which JupyterLab brings back an `ipywidgets.HTML` in the same notebook.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from random import Random

from bench import jupyterlab
from browser.lab_session import LabSession, answer, paragraph_text
from browser.proxy import Proxy
from browser.test_links import MISHAPS, ask, save
from claude_server import prose
from playwright.sync_api import expect

RUNS = 200
TOGETHER = 8
MISHAPS_EACH = 3
RATES = (30, 50, 70)

WATCH = """
const targets = JSON.parse(sessionStorage.getItem("targets") ?? "[]");
window.fullAt = targets.map(() => null);
window.emptyAt = null;
if (targets.length > 0) setInterval(() => {
  if (document.querySelector(".jp-OutputArea .bench-empty")) window.emptyAt ??= performance.now();
  for (const [index, body] of document.querySelectorAll("[data-role=assistant] .nbstream-text").entries()) {
    if (body.textContent.length >= targets[index]) window.fullAt[index] ??= performance.now();
  }
}, 20);
"""
"""Times since the navigation began: of the empty widget, and of each answer with its text before the reload."""


@dataclass
class Figures:
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    reloads: int = 0
    failures: list[str] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)


@dataclass
class Round:
    """Several chats in one notebook, and the mishaps of its page."""

    session: LabSession
    proxy: Proxy
    seed: int
    figures: Figures

    def go(self) -> None:
        random = Random(self.seed)
        page = self.session.page
        # All are in sight, and so painted as they come.
        page.set_viewport_size({"width": 1100, "height": 6_000})
        page.add_init_script(WATCH)
        self.session.run("import ipywidgets; ipywidgets.HTML('<i class=bench-empty>here</i>')")
        names = [f"reload{self.seed}-{n}" for n in range(TOGETHER)]
        texts = [prose(random.randint(700, 1_100), seed=self.seed * 100 + n) for n in range(TOGETHER)]
        pairs = zip(names, texts, strict=True)
        cells = [ask(self.session, name, text, random.choice(RATES)) for name, text in pairs]
        for mishap in random.choices(list(MISHAPS), k=MISHAPS_EACH):
            page.wait_for_timeout(random.uniform(0, 2_000))
            if mishap == "loaded again":
                self._reload(names, texts)
            else:
                MISHAPS[mishap](self.session, self.proxy, random)
        for name, cell, text in zip(names, cells, texts, strict=True):
            self._judge(name, cell, paragraph_text("".join(text)))

    def _reload(self, names: list[str], texts: list[list[str]]) -> None:
        page = self.session.page
        save(self.session)
        so_far = [self.session.claude.records_of(name)[-1].deltas for name in names]
        lengths = [len(paragraph_text("".join(text[:n]))) for text, n in zip(texts, so_far, strict=True)]
        page.evaluate("(targets) => sessionStorage.setItem('targets', JSON.stringify(targets))", lengths)
        self.session.notebook.load()
        ready = "window.emptyAt !== null && window.fullAt.every((at) => at !== null)"
        try:
            page.wait_for_function(ready, timeout=30_000)
        except Exception as error:
            self.figures.failures.append(f"seed {self.seed}: not all text 30 s after a reload: {error!r:.80}")
        self.figures.reloads += 1
        self.figures.full += [at / 1000 for at in page.evaluate("window.fullAt") if at is not None]
        self.figures.empty += [at / 1000 for at in [page.evaluate("window.emptyAt")] if at is not None]
        page.evaluate("sessionStorage.clear()")

    def _judge(self, name: str, cell: object, whole: str) -> None:
        self.figures.runs += 1
        try:
            expect(cell.get_by_role("status")).to_contain_text("Done", timeout=90_000)
        except AssertionError:
            self.figures.failures.append(f"{name}: never done")
        deadline = time.monotonic() + 10
        while (found := answer(cell).text_content() or "") != whole and time.monotonic() < deadline:
            self.session.page.wait_for_timeout(100)
        if found != whole:
            kept = sum(m.size for m in SequenceMatcher(None, whole, found, False).get_matching_blocks())
            self.figures.lost += len(whole) - kept
            self.figures.doubled += len(found) - kept
            self.figures.failures.append(f"{name}: {len(found)} of {len(whole)} characters")


def summary(figures: Figures) -> None:
    print(f"{figures.runs} answers, {figures.reloads} reloads")
    print(f"  lost {figures.lost} characters, doubled {figures.doubled}")
    for failure in figures.failures:
        print("  ", failure)
    for what, times in (("text so far", figures.full), ("an empty ipywidgets.HTML", figures.empty)):
        if times:
            median = statistics.median(times)
            print(f"  from the reload to {what}: median {median:.2f} s, worst {max(times):.2f} s ({len(times)})")


def main(runs: int = RUNS, first: int = 0) -> None:
    figures = Figures()
    try:
        with jupyterlab() as (browser, lab, claude):
            for seed in range(first, first + -(-runs // TOGETHER)):
                with Proxy(lab.port) as proxy:
                    session = LabSession.open(browser, lab.through(proxy.url), claude)
                    Round(session, proxy, seed, figures).go()
                    lab.delete(f"api/kernels/{lab.kernel_of(session.notebook.path)}")
                    session.notebook.close()
                print(f"seed {seed}: {figures.runs} answers, {figures.lost} lost", file=sys.stderr, flush=True)
    finally:
        summary(figures)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
