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
MOST = 60
"""Milliseconds that the contract allows over anywidget."""

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


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for code in IMPORTS.values():
        milliseconds(code)
    for _ in range(ROUNDS):
        for name, code in IMPORTS.items():
            times[name].append(milliseconds(code))

    def over(name: str) -> float:
        return statistics.median(a - b for a, b in zip(times[name], times["anywidget"], strict=True))

    print(f"Import, median of {ROUNDS} rounds")
    for name in ("anywidget", "anthropic"):
        print(f"  import {name:10} {statistics.median(times[name]):7.0f} ms")
    print(f"  import nbstream, over anywidget        {over('nbstream'):5.0f} ms  (at most {MOST})")
    print(f"  and nbstream.chat is there, over it    {over('used'):5.0f} ms")
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    print(f"  loaded with it of what it needs later: {loaded.strip()}")


if __name__ == "__main__":
    main()
