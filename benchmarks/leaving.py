"""How soon the request to Claude is closed when a client leaves, and how many tokens are sent after it.

    python benchmarks/leaving.py [runs]

Over real HTTP, at 50 tokens a second, each server in a process of its own: ours, and a bare Starlette handler
that copies the text of the SDK, of its async client (`bare`) and of the other one (`threaded`). All are left in
the same ways at the same moments; only nbstream's has a stop by id.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from claude_server import ClaudeServer, prose
from server.site import Caller, delete_stream
from serving import ServedStream

RUNS = 10
RATE = 50
LONGEST = 3.0
"""Seconds that are waited for a request to be closed."""

MOMENTS: dict[str, dict[str, Any]] = {
    "before the first token": {"first": 60.0, "headless": True},
    "in the answer": {"text": prose(5_000), "rate": RATE},
    "in a stall": {"text": prose(5_000), "rate": RATE, "stall_after": 20},
}

WAYS: dict[str, Callable[[Caller, int], None]] = {
    "close": lambda caller, _: caller.close(),
    "reset": lambda caller, _: caller.reset(),
    "half-close": lambda caller, _: caller.half_close(),
    "DELETE": lambda caller, port: delete_stream(port, caller.stream),
}


def left(claude: ClaudeServer, port: int, name: str, way: str, run: int) -> tuple[float, int]:
    """Seconds from a leaving to the closed request, and tokens sent meanwhile."""
    before = len(claude.records_of(name))
    with Caller(port, f"leaving-{run:03}-{time.monotonic_ns()}") as caller:
        claude.wait_for(lambda: len(claude.records_of(name)) > before)
        record = claude.records_of(name)[-1]
        wanted = claude.scenarios[name].stall_after or (0 if "first" in name else 10)
        if wanted:
            caller.event_with("text")
            claude.wait_for(lambda: record.deltas >= wanted)
        # Not at the same point of the stream's rhythm each time.
        time.sleep(run % 10 * 0.013)
        at = time.time()
        WAYS[way](caller, port)
        try:
            claude.wait_for(lambda: not record.is_open, LONGEST)
        except TimeoutError:
            return float("inf"), record.sent_after(at)
        return (record.disconnected_at or record.finished_at or at) - at, record.sent_after(at)


def main(runs: int) -> None:
    print(f"From leaving to the closed request, and tokens sent meanwhile, at {RATE} a second ({runs} runs)")
    with ClaudeServer() as claude:
        for moment, scenario in MOMENTS.items():
            name = moment.replace(" ", "-")
            url = claude.url(name, **scenario)
            for way in WAYS:
                for kind in ("nbstream", "bare", "threaded"):
                    if kind == "nbstream" or way != "DELETE":
                        with ServedStream(kind, url) as server:
                            left(claude, server.port, name, way, 0)
                            count = runs if kind != "threaded" else 2
                            cases = [left(claude, server.port, name, way, run) for run in range(count)]
                        say(moment, way, kind, cases)


def say(moment: str, way: str, kind: str, cases: list[tuple[float, int]]) -> None:
    seconds = [case[0] * 1000 for case in cases]
    sent = [case[1] for case in cases]
    took = f"{statistics.median(seconds):4.0f} ms, worst {max(seconds):4.0f} ms"
    if max(seconds) > LONGEST * 1000:
        took = f"still open after {LONGEST:.0f} s"
    print(
        f"  {moment:22} {way:10} {kind:9} {took:24};"
        f"  {statistics.median(sent):3.0f} tokens, worst {max(sent):3.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
