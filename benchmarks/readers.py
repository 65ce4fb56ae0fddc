"""Pages that are slowed down while an answer comes at 2,000 tokens a second.

    python benchmarks/readers.py

In a real JupyterLab: from the answer's end on the server to its last character on the page, and for how long at a
time the page did nothing else; and how soon a click on Stop ends the request while the page is behind. Beside it
the usual way on the same page: an `ipywidgets.HTML` that gets the whole text ten times a second.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import jupyterlab
from browser.lab_session import LabSession, stop_button
from browser.slow import CPU_SLOWDOWN, ask_slowly, completed_at, wait_for_finish
from claude_server import prose

DRAINED, ALIVE, STOPPED = 3.0, 3.0, 1.0
"""Maximum times in seconds: the figures of the project's fourth issue."""

ROUNDS = 3
TOKENS = 10_000

NAIVE = """
import html, ipywidgets

def paragraphs(text):
    return "".join(f"<p>{html.escape(each)}</p>" for each in text.split("\\n\\n"))

async def copy(out, url):
    client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=url, max_retries=0)
    question = [{"role": "user", "content": "Hello"}]
    text, shown = "", 0
    async with client.messages.stream(model="m", max_tokens=64_000, messages=question) as stream:
        async for piece in stream.text_stream:
            text += piece
            if time.monotonic() - shown > 0.1:
                shown = time.monotonic()
                out.value = paragraphs(text)
    out.value = paragraphs(text)
"""

USUAL = {
    "code": """
out = ipywidgets.HTML()
out.add_class("usual")
copying = asyncio.ensure_future(copy(out, {url!r}))
out
""",
    "output": ".usual",
    "answers": ".usual .widget-html-content",
}
"""The cell of the usual way, and the selectors of its output."""


@dataclass
class Seen:
    """One answer: seconds to its last character, and the longest time for which the page did nothing else."""

    drained: float
    longest: float


def shown(session: LabSession, name: str, times: float, **way: str) -> Seen:
    text = prose(TOKENS, seed=20)
    ask_slowly(session, name, text, times=times, **way)
    end = wait_for_finish(session.wait_for_deltas(name), session)
    last = completed_at(session, text)
    return Seen(last - end, float(session.page.evaluate("window.longest")))


def stopped(session: LabSession, name: str) -> float:
    """Return the seconds from the click, as the browser stamped it, to the end of the request."""
    cell = ask_slowly(session, name, prose(24 * TOKENS))
    record = session.wait_for_deltas(name, 4_000)
    stop_button(cell).click(timeout=60_000)
    left = session.wait_for_disconnect(record, 60)
    return left - float(session.page.evaluate("window.clickedAt")) / 1000


def main() -> None:
    ways: dict[str, tuple[float, dict[str, str]]] = {
        "nbstream, not slowed down": (1, {}),
        f"nbstream, {CPU_SLOWDOWN} times slower": (CPU_SLOWDOWN, {}),
        f"HTML widget, {CPU_SLOWDOWN} times slower": (CPU_SLOWDOWN, USUAL),
    }
    print(f"{TOKENS:,} tokens at 2,000 a second, median and worst of {ROUNDS}, s")
    with jupyterlab() as (browser, lab, claude):

        @contextmanager
        def opened() -> Iterator[LabSession]:
            session = LabSession.open(browser, lab, claude)
            session.run(NAIVE)
            yield session
            session.notebook.close()

        for name, (times, way) in ways.items():
            found = []
            for index in range(ROUNDS):
                with opened() as session:
                    found.append(shown(session, f"{name}-{index}".replace(" ", "-"), times, **way))
            limits = (DRAINED, ALIVE) if way is not USUAL and times == CPU_SLOWDOWN else (None, None)
            tell(name, "all is there", [each.drained for each in found], limits[0])
            tell(name, "longest deaf", [each.longest for each in found], limits[1])
        stops = []
        for index in range(ROUNDS):
            with opened() as session:
                stops.append(stopped(session, f"stop-{index}"))
        tell(f"nbstream, {CPU_SLOWDOWN} times slower", "stopped", stops, STOPPED)


def tell(way: str, what: str, seconds: list[float], limit: float | None) -> None:
    worst = max(seconds)
    bound = "" if limit is None else f" (at most {limit:g}{'' if worst <= limit else ', MISSED'})"
    print(f"  {way:32} {what:13} {statistics.median(seconds):5.2f}  worst {worst:5.2f}{bound}", flush=True)


if __name__ == "__main__":
    main()
