"""How soon a stop reaches Claude, and how many tokens are sent after it.

    python benchmarks/stop.py [pytest's arguments]

Runs the tests of every way to stop in every state of every kernel and of every way to leave (JupyterLab and
Chromium, a server that records when the connection is closed) and prints their measurements. Beside them stand
the tokens for a program that only leaves the loop over the SDK's stream, as the SDK's documentation does first.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from claude_server import ClaudeServer, prose  # noqa: E402

WAYS = {
    "button": "Stop, by the button",
    "escape": "Stop, by Escape",
    "interrupt": "kernel interrupted",
    "stop": "chat.stop()",
    "close": "chat.close()",
    "comm": "Stop, where the host hides its kernel connection",
    "the tab is closed": "the tab is closed (abandon_after 3 s)",
}
"""Labels of the ways to stop whose names do not explain themselves."""

TESTS = ("test_stopping*.py", "test_leaving.py", "test_breaking_off.py")


def measured(arguments: list[str]) -> dict[str, list[dict[str, float]]]:
    with tempfile.TemporaryDirectory() as home:
        report = Path(home) / "report.xml"
        folder = ROOT / "tests" / "browser"
        tests = [str(path) for pattern in TESTS for path in sorted(folder.glob(pattern))]
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}"]
        subprocess.run([*command, "-o", "junit_family=xunit1", *tests, *arguments], cwd=ROOT, check=True)
        stops: dict[str, list[dict[str, float]]] = defaultdict(list)
        for item in ElementTree.parse(report).iter("property"):
            if item.get("name") == "stop":
                stop = json.loads(item.get("value", ""))
                stops[stop["way"]].append(stop)
        return stops


def broken_off(seconds: float = 2.0) -> int:
    """Tokens sent after a plain `break` out of `create(stream=True)` while its stream is still referenced."""
    import anthropic

    async def go() -> int:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
        request = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
        stream = await client.messages.create(**request, stream=True)
        async for event in stream:
            if event.type == "content_block_delta":
                break
        at = time.time()
        await asyncio.sleep(seconds)
        sent = server.records_of("break")[0].sent_after(at)
        await stream.close()
        await client.close()
        return sent

    with ClaudeServer() as server:
        url = server.url("break", text=prose(5000), rate=50)
        return asyncio.run(go())


def main(arguments: list[str]) -> None:
    stops = measured(arguments)
    print("From the act to the closed connection, and tokens sent meanwhile (median and worst)")
    for way in dict.fromkeys([*WAYS, *stops]):
        if not (cases := stops.get(way)):
            continue
        seconds = [case["seconds"] * 1000 for case in cases]
        sent = [case["sent"] for case in cases]
        print(
            f"  {WAYS.get(way, way):50} {len(cases):3} cases"
            f"  {statistics.median(seconds):4.0f} ms, worst {max(seconds):4.0f} ms"
            f"  {statistics.median(sent):3.0f} tokens, worst {max(sent):3.0f}"
        )
    print(
        f"  a plain break out of the SDK's stream, at 50 tokens/s: {broken_off()} tokens in the next 2 s, and on"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
