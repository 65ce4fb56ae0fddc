"""Fifty streams at once in one kernel: every text exact, and how much later than one alone the last one ends.

    python benchmarks/many.py [streams]

In the kernel of a real JupyterLab, with a page that shows all of them, at 50 tokens a second each.
"""

from __future__ import annotations

import sys
import time
from zlib import crc32

from bench import lab_session
from browser.lab_session import LabSession, answer, paragraph_text
from claude_server import BY_MODEL, prose
from playwright.sync_api import Locator

RATE = 50
TOKENS = 500
WITHIN = 1.3
"""Maximum of the time for all, as a multiple of the time for one alone; the contract's figure."""

A_CELL = 25
"""Chats shown under one cell; JupyterLab shows 50 outputs of a cell at most."""


def together(session: LabSession, names: list[str]) -> tuple[float, list[Locator]]:
    """Ask all at once; return the seconds until the last reply has ended, and the cells that show them."""
    session.run("chats, began = [], time.monotonic()")
    cells = [
        session.notebook.run(
            "chats += [nbstream.chat('Hello', model=name, client=client, wait=False)"
            f" for name in {names[at : at + A_CELL]!r}]"
        )
        for at in range(0, len(names), A_CELL)
    ]
    last = session.notebook.run("for chat in chats: chat.wait()\nprint(time.monotonic() - began)")
    session.notebook.wait_for_end(last, 120)
    return float(session.notebook.output_of(last)), cells


def on_the_page(cells: list[Locator], texts: list[str]) -> bool:
    """Wait until the page shows all texts; it paints those out of sight at the end. Return whether it does."""
    deadline = time.monotonic() + 30
    wanted = sorted(paragraph_text(text) for text in texts)
    there: list[str] = []
    while there != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
        there = sorted(text for cell in cells for text in answer(cell).all_text_contents())
    return there == wanted


def main(streams: int) -> None:
    with lab_session() as session:
        url = session.claude.url(BY_MODEL)
        session.run(f"client = anthropic.AsyncAnthropic(api_key='k', base_url={url!r})")
        session.claude.url("warm", rate=None)
        together(session, ["warm"])
        print(f"{TOKENS} tokens at {RATE} a second, each stream")
        alone = 0.0
        for count in (1, streams):
            texts = {f"many{count}-{i}": prose(TOKENS, i) for i in range(count)}
            for name, text in texts.items():
                session.claude.url(name, text=text, rate=RATE)
            seconds, cells = together(session, list(texts))
            alone = alone or seconds
            whole = ["".join(text) for text in texts.values()]
            sums = session.evaluate("[__import__('zlib').crc32(chat.text.encode()) for chat in chats]")
            exact = sums == [crc32(text.encode()) for text in whole]
            print(
                f"  {count:3} at once: {seconds:6.2f} s, {seconds / alone:4.2f} × one alone (at most {WITHIN}),",
                "every text exact," if exact else "TEXTS DIFFER,",
                "and on the page" if on_the_page(cells, whole) else "NOT ALL ON THE PAGE",
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
