"""A run of 500 rows that meets every fault: no row is paid twice, and the results are those of a quiet run.

The server refuses, is overloaded, breaks off and loses connections. The first run is stopped in its middle, the
second one dies with its kernel, and the third one ends. Where a run is to end, the server answers no further row,
so that no answer is on its way at that moment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer
from pydantic import BaseModel

import nbstream

ROWS = [{"mail": f"mail {number}", "kind": number % 7} for number in range(500)]

HANGS_AFTER_SECONDS = 240
"""A run takes up to 20 s to be where it is to end, and longer beside other programs: it waits for refusals."""

STOPPED_AT, KILLED_AT = 180, 340
"""The numbers of rows that the server has answered when the first run is stopped and the second one is killed."""


class Label(BaseModel):
    kind: int
    number: int


SCRIPT = """
import sys, anthropic, nbstream
from pydantic import BaseModel
class Label(BaseModel):
    kind: int
    number: int
rows = [{"mail": f"mail {number}", "kind": number % 7} for number in range(500)]
client = anthropic.AsyncAnthropic(api_key="k", base_url=sys.argv[1])
nbstream.map("Kind {{kind}} of {{mail}}?", rows, output=Label, file=sys.argv[2], client=client,
             model="claude-haiku-4-5", concurrency=32)
"""


def number_of(body: dict[str, Any]) -> int:
    return int(body["messages"][-1]["content"][0]["text"].split()[-1].rstrip("?"))


def label(body: dict[str, Any]) -> str:
    number = number_of(body)
    return f'{{"kind": {number % 7}, "number": {number}}}'


FAULTS = {23: "429", 31: "529", 7: "reset", 11: "half", 13: "500", 17: "early"}
"""The fault of a row's first request, by a divisor of the row's number."""


def serve(claude: ClaudeServer, name: str, *, stalled_from: int = 10**9, is_quiet: bool = False) -> str:
    """Set the server up. The rows from a number on get no answer, and wait until all before them have one."""
    claude.url(f"{name}-ok", reply=label, rate=None, first=0.002)
    claude.url(f"{name}-stall", stall_after=0, rate=None)
    claude.url(f"{name}-429", status=(429, "rate_limit_error"), headers={"retry-after-ms": "30"})
    claude.url(f"{name}-529", status=(529, "overloaded_error"), headers={"retry-after-ms": "20"})
    claude.url(f"{name}-500", status=(500, "api_error"), headers={"retry-after-ms": "10"})
    for kind, fault, after in (("reset", "reset", 0), ("half", "reset", 2), ("early", "early_end", 1)):
        claude.url(f"{name}-{kind}", text="half of an answer", rate=None, fault=fault, fault_after=after)

    def choose(body: dict[str, Any], before: int) -> str:
        number = number_of(body)
        if number >= stalled_from:
            return f"{name}-stall" if len(answered(claude, name)) == stalled_from else f"{name}-429"
        faults = [fault for divisor, fault in FAULTS.items() if number > 1 and number % divisor == 1]
        return f"{name}-ok" if is_quiet or before >= len(faults) else f"{name}-{faults[before]}"

    return claude.url(name, choose=choose)


def run(url: str, file: Path, **more: Any) -> nbstream.Batch:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    return nbstream.map(
        "Kind {{kind}} of {{mail}}?",
        ROWS,
        output=Label,
        file=file,
        client=client,
        model="claude-haiku-4-5",
        concurrency=32,
        **more,
    )


def answered(claude: ClaudeServer, name: str) -> Counter[str]:
    return Counter(record.question for record in claude.records_of(name) if record.is_answered)


def lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") - 1 if file.exists() else 0


@pytest.mark.usefixtures("uncounted_processes", "uncounted")
def test_no_row_is_paid_twice_whatever_happens(
    claude: ClaudeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.batch.run.retries.backoff_seconds", lambda attempt: 0.02 * attempt)
    file = tmp_path / "labels.jsonl"

    url = serve(claude, "lives", stalled_from=STOPPED_AT)
    batch = run(url, file, wait=False)
    claude.wait_for(lambda: lines(file) == STOPPED_AT, HANGS_AFTER_SECONDS)
    batch.stop()
    batch.wait()
    assert (batch.status, batch.stop_reason, sum(result is not None for result in batch.results)) == (
        "stopped",
        "user",
        STOPPED_AT,
    )

    serve(claude, "lives", stalled_from=KILLED_AT)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, script, url, file]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as kernel:
        claude.wait_for(lambda: lines(file) == KILLED_AT or kernel.poll() is not None, HANGS_AFTER_SECONDS)
        assert kernel.poll() is None, kernel.stderr.read() if kernel.stderr else ""
        os.kill(kernel.pid, signal.SIGKILL)
    with file.open("ab") as torn:
        torn.write(b'{"key": "a line that the kernel did not end')

    serve(claude, "lives")
    batch = run(url, file)
    assert (batch.status, batch.errors) == ("done", [None] * 500)
    assert answered(claude, "lives") == Counter(f"Kind {row['kind']} of {row['mail']}?" for row in ROWS)

    quiet = run(serve(claude, "quiet", is_quiet=True), tmp_path / "quiet.jsonl")
    assert batch.results == quiet.results
    assert run(url, file).cost == 0.0
    assert answered(claude, "lives").total() == 500
    claude.records.clear()
