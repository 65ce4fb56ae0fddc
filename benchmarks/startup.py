"""Cost of `import nbstream` over `import anywidget`, and the time until the first words stand under a cell.

    python benchmarks/startup.py

Each import runs in a process of its own, in turn; the figure is the median of the differences pair by pair.
nbstream loads its own modules when a name of it is first used, which is shown too, and `anthropic` when a
first question is asked, in the background.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
MOST = 30
"""Milliseconds over anywidget."""

CODE = "import time; t = time.perf_counter(); {}; print(1000 * (time.perf_counter() - t))"
IMPORTS = {
    "anywidget": "import anywidget",
    "nbstream": "import nbstream, anywidget",
    "used": "import nbstream, anywidget; nbstream.chat",
    "anthropic": "import anthropic",
}
LOADED = "import sys, nbstream; print([m for m in ('anthropic', 'httpx2', 'pydantic') if m in sys.modules])"


def milliseconds(code: str) -> float:
    out = subprocess.run([sys.executable, "-c", CODE.format(code)], capture_output=True, text=True, check=True)
    return float(out.stdout)


def import_times() -> dict[str, list[float]]:
    """Import each in a process of its own, in turn, and return the times in ms."""
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for code in IMPORTS.values():
        milliseconds(code)
    for _ in range(ROUNDS):
        for name, code in IMPORTS.items():
            times[name].append(milliseconds(code))
    return times


def over_anywidget(name: str, times: dict[str, list[float]] | None = None) -> float:
    """Return the median of the differences pair by pair, in ms."""
    times = times or import_times()
    return statistics.median(a - b for a, b in zip(times[name], times["anywidget"], strict=True))


def main() -> None:
    times = import_times()
    print(f"Import, median of {ROUNDS} rounds")
    for name in ("anywidget", "anthropic"):
        print(f"  import {name:10} {statistics.median(times[name]):7.0f} ms")
    print(
        f"  import nbstream, over anywidget        {over_anywidget('nbstream', times):5.0f} ms  (at most {MOST})"
    )
    print(f"  and nbstream.chat is there, over it    {over_anywidget('used', times):5.0f} ms")
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    print(f"  loaded with it of what it needs later: {loaded.strip()}")


if __name__ == "__main__":
    main()
