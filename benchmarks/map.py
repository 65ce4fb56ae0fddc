"""Rows a second and CPU a row of `nbstream.map`, beside the loop that people write by hand.

    python benchmarks/map.py [rows]

The baseline is `asyncio.gather` over `messages.create` with a semaphore and a progress bar of tqdm. Both ask the
same rows of the same server, which is a process of its own and takes half a second for an answer, in turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import anthropic

import nbstream

TESTS = Path(__file__).parents[1] / "tests"
LATENCY_SECONDS = 0.5
ROUNDS = 3
AT_LEAST = 0.95
"""Minimum of the rows a second, as a multiple of the baseline's; the issue's figure."""

SERVER = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from claude_server import ClaudeServer
with ClaudeServer() as server:
    print(server.url("map", text="spam or ham", rate=None, first={LATENCY_SECONDS}), flush=True)
    sys.stdin.read()
"""
MODEL = "claude-haiku-4-5"


def by_hand(client: anthropic.AsyncAnthropic, texts: list[str], concurrency: int) -> list[str]:
    """Ask as people do without nbstream."""
    from tqdm import tqdm

    async def main() -> list[str]:
        semaphore = asyncio.Semaphore(concurrency)
        own = client.copy()

        async def ask(text: str) -> str:
            async with semaphore:
                message = await own.messages.create(
                    model=MODEL, max_tokens=1_000, messages=[{"role": "user", "content": f"Classify: {text}"}]
                )
            bar.update()
            return message.content[0].text  # type: ignore[union-attr]

        with tqdm(total=len(texts), file=io.StringIO()) as bar:
            answers = await asyncio.gather(*map(ask, texts))
        await own.close()
        return answers

    return asyncio.run(main())


def by_map(client: anthropic.AsyncAnthropic, texts: list[str], concurrency: int) -> list[str]:
    """Ask with `nbstream.map`."""
    with contextlib.redirect_stdout(io.StringIO()):
        batch = nbstream.map(
            "Classify: {{row}}",
            texts,
            client=client,
            model=MODEL,
            max_tokens=1_000,
            thinking=None,
            concurrency=concurrency,
        )
    return batch.results


def measured(ask: Callable[..., list[str]], *arguments: Any) -> tuple[float, float]:
    """Return the seconds and the seconds of CPU of this process."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    answers = ask(*arguments)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert answers == ["spam or ham"] * len(answers)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rows: int) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=-1, stdout=-1, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        print(f"an answer takes {LATENCY_SECONDS} s; median of {ROUNDS} rounds in turns")
        for concurrency in (8, 32):
            texts = [f"text {number}" for number in range(rows * concurrency // 8)]
            runs: dict[str, list[tuple[float, float]]] = {"by hand": [], "map": []}
            for _ in range(ROUNDS):
                for name, ask in (("by hand", by_hand), ("map", by_map)):
                    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
                    runs[name].append(measured(ask, client, texts, concurrency))
            rates = {name: len(texts) / median(seconds for seconds, _ in of) for name, of in runs.items()}
            cpu = {name: median(cpu for _, cpu in of) / len(texts) * 1_000 for name, of in runs.items()}
            print(f"  {concurrency} at once")
            for name in runs:
                print(f"    {name:>7}: {rates[name]:6.1f} rows/s, {cpu[name]:5.2f} ms CPU a row")
            print(f"    {rates['map'] / rates['by hand']:.3f} × by hand (at least {AT_LEAST})")
        server.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 80)
