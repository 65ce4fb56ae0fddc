"""Many turns with faults, stops, retries and reloads, and their remains in the kernel and in the page.

    python benchmarks/soak.py [minutes] [turns]

In a real JupyterLab and Chromium. Ten turns a chat; then the chat is closed and the next one begins. The first
chats warm everything up; the growth after them is printed as the last fifth's median against the second
fifth's. The fourth issue demands that it is flat, and that no request stays open without a client that reads
it. JupyterLab leaves a subshell behind with each reload, a thread and seven files, with nbstream or without it;
they are counted beside.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from random import Random
from typing import Any

from bench import lab_session
from browser.lab_session import LabSession, stop_button
from claude_server import prose
from playwright.sync_api import CDPSession, Locator, expect

TURNS_A_CHAT = 10
RELOAD_EVERY = 25
"""Turns."""

KERNEL = """
import gc, os, resource, logging, warnings, io
_log = io.StringIO()
logging.basicConfig(stream=_log, level=logging.WARNING, force=True)
logging.captureWarnings(True)
def state():
    gc.collect()
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    from nbstream.notebook.services import kernel_services
    return dict(
        memory=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        subshells=sum("subshell" in thread.name for thread in threading.enumerate()),
        files=len(os.listdir("/proc/self/fd")),
        tasks=len(asyncio.all_tasks(kernel_services().loop.loop)),
        comms=len(__import__("comm").get_comm_manager().comms),
        said=[line for line in _log.getvalue().splitlines() if "never awaited" in line or "was destroyed" in line],
    )
"""

KINDS = ("well", "well", "well", "stopped", "reset", "early_end", "refused", "max_tokens", "long")


def scenario(session: LabSession, kind: str, index: int) -> str:
    name = f"soak-{index}"
    text = prose(1500 if kind == "long" else 200, index)
    more: dict[str, Any] = {
        "well": {"rate": 800},
        "long": {"rate": 2000},
        "stopped": {"rate": 100},
        "reset": {"rate": 800, "fault": "reset", "fault_after": 50},
        "early_end": {"rate": 800, "fault": "early_end", "fault_after": 50},
        "refused": {"status": (529, "overloaded_error")},
        "max_tokens": {"rate": 800, "stop_reason": "max_tokens"},
    }[kind]
    session.claude.url(f"{name}-then", text=prose(20), rate=800)
    session.claude.url(name, text=text, **more)
    return name


def turn(session: LabSession, chat: Locator, kind: str, index: int) -> None:
    """Send one message from the message box, and do what its end asks of the user."""
    name = scenario(session, kind, index)
    # The whole chat has one client, and the server takes the scenario from the message.
    session.claude.scenarios["soak"] = session.claude.scenarios[name]
    before = len(session.claude.records_of("soak"))
    chat.get_by_role("textbox", name="Message").fill(f"Turn {index}")
    chat.get_by_role("textbox", name="Message").press("Enter")
    session.claude.wait_for(lambda: len(session.claude.records_of("soak")) > before, 60)
    # The buttons of the turn before are there until the page shows this one.
    expect(chat.get_by_role("article", name="You").last).to_have_text(f"Turn {index}", timeout=60_000)
    if kind == "stopped":
        stop_button(chat).click()
    expect(stop_button(chat)).to_have_count(0, timeout=60_000)
    if kind in ("reset", "early_end", "refused", "max_tokens"):
        session.claude.scenarios["soak"] = session.claude.scenarios[f"{name}-then"]
        again = "Retry" if kind == "refused" else "Continue"
        chat.get_by_role("button", name=again, exact=True).click()
    expect(chat.get_by_role("status")).to_contain_text("Stopped" if kind == "stopped" else "Done", timeout=60_000)


def page_state(cdp: CDPSession) -> dict[str, float]:
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    counters = cdp.send("Memory.getDOMCounters")
    heap = cdp.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    return {"heap": heap, "nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}


def measure(session: LabSession) -> dict[str, Any]:
    cdp = session.page.context.new_cdp_session(session.page)
    page = page_state(cdp)
    cdp.detach()
    kernel = session.evaluate("state()")
    # The cell that asked is not part of the day.
    session.page.evaluate("jupyterapp.commands.execute('notebook:delete-cell')")
    return {**kernel, **page, "open": sum(record.is_open for record in session.claude.records)}


def new_chat(session: LabSession, url: str) -> Locator:
    session.run("for old in [value for value in [nbstream.last] if value is not None]: old.close()")
    cell = session.run(f"ask({url!r}, prompt=None);")
    expect(cell.get_by_role("textbox", name="Message")).to_be_visible(timeout=30_000)
    return cell.locator(".nbstream")


def main(minutes: float, turns: int) -> None:
    random = Random(4)
    samples: list[dict[str, Any]] = []
    with lab_session() as session:
        session.run(KERNEL)
        url = session.claude.url("soak")
        begin = time.monotonic()
        chat: Locator | None = None
        for index in range(turns):
            if index % TURNS_A_CHAT == 0:
                session.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
                chat = new_chat(session, url)
            assert chat is not None
            turn(session, chat, random.choice(KINDS), index)
            if index % RELOAD_EVERY == RELOAD_EVERY - 1:
                session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
                expect(session.page.locator(".jp-mod-dirty")).to_have_count(0)
                session.notebook.load()
                chat = session.page.locator(".nbstream").last
                expect(chat.get_by_role("textbox", name="Message")).to_be_visible(timeout=60_000)
            if index % TURNS_A_CHAT == TURNS_A_CHAT - 1:
                samples.append(measure(session))
                print(f"  turn {index + 1:4}", json.dumps({k: v for k, v in samples[-1].items() if k != "said"}))
            time.sleep(max(0.0, begin + (index + 1) * minutes * 60 / turns - time.monotonic()))
        took = (time.monotonic() - begin) / 60
        report(samples, turns, took)
        log = session.notebook.lab.log()
        session.notebook.lab.delete(f"api/kernels/{session.kernel_id}")
        session.claude.wait_for(lambda: not any(record.is_open for record in session.claude.records))
        said = [*samples[-1]["said"], *(s for s in ("never awaited", "was destroyed") if s in log)]
        print(f"  requests open after the kernel's end: 0; complaints of asyncio: {len(said)} {said or ''}")


def report(samples: list[dict[str, Any]], turns: int, minutes: float) -> None:
    fifth = max(1, len(samples) // 5)
    print(f"{turns} turns in {minutes:.0f} minutes; the last fifth against the second")
    for key in ("memory", "threads", "subshells", "files", "tasks", "comms", "open", "heap", "nodes", "listeners"):
        early = statistics.median(sample[key] for sample in samples[fifth : 2 * fifth])
        late = statistics.median(sample[key] for sample in samples[-fifth:])
        print(f"  {key:10} {early:10.1f} {late:10.1f}  {late / early if early else 1:5.2f} ×")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(float(given[0]) if given else 30.0, int(given[1]) if len(given) > 1 else 200)
