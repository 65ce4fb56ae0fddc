"""Exactness of answers whose connections were cut, delayed and split, and then resumed.

    python benchmarks/resume.py [runs]

The built `js/npm/client.js` in Node reads them through a link whose every connection has a fate of its own, drawn
by the run's seed, 100 at once. Beside it the first 100 from a server that keeps nothing
(`resume_for=0`, the default): there each must end with an error that the caller sees.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from claude_server import ClaudeServer
from server.resuming import ResumedAnswer, read_answers

AT_ONCE = 100
RUNS = 500


def measure(count: int, resume_for: float) -> None:
    runs: list[ResumedAnswer] = []
    met: Counter[str] = Counter()
    began = time.monotonic()
    for start in range(0, count, AT_ONCE):
        with ClaudeServer() as claude:
            some, done = read_answers(claude, range(start, min(start + AT_ONCE, count)), resume_for)
        runs += some
        met += done
    errors = Counter(run.error for run in runs if run.error)
    print(
        f"  resume_for={resume_for:<3g} {count} runs: {sum(run.is_exact for run in runs)} exact,"
        f" {sum(run.is_silently_short for run in runs)} wrong and not told,"
        f" {sum(errors.values())} told of a failure {dict(errors)};"
        f" {sum(run.requests for run in runs)} requests to Claude; {time.monotonic() - began:.0f} s"
    )
    print(
        f"     {met.pop('connections')} connections: " + ", ".join(f"{met[what]} {what}" for what in sorted(met))
    )


def main(count: int) -> None:
    print(f"Answers through a link that cuts, delays and splits, {AT_ONCE} at once")
    measure(count, 30)
    measure(min(count, AT_ONCE), 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
