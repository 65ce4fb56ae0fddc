"""A run in real kernels, whose cell waits for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from browser.lab import IPYKERNELS
from claude_server import ClaudeServer
from ipykernel_client import Kernel

SETUP = """
import anthropic, time, nbstream
client = anthropic.AsyncAnthropic(api_key="k", base_url={url!r})
texts = [f"row {{n}}" for n in range(40)]
"""


@pytest.mark.usefixtures("uncounted_processes")
@pytest.mark.parametrize("version", [IPYKERNELS[0], IPYKERNELS[-1]])
def test_a_stop_of_the_page_ends_all_requests_while_the_cell_waits(
    version: str, claude: ClaudeServer, tmp_path: Path
) -> None:
    url = claude.url("kernel-map", stall_after=1, rate=None)
    claude.records.clear()
    with Kernel(version, tmp_path) as kernel:
        kernel.run(SETUP.format(url=url))
        kernel.run("batch = nbstream.map('{{row}}', texts, client=client, wait=False)")
        model = kernel.run("print(batch.model_id)").strip()
        cell = kernel.begin("batch.wait(); print(batch.status, batch.stop_reason)")
        claude.wait_for(lambda: len(claude.records_of("kernel-map")) == 8, 60)
        time.sleep(0.3)
        at = time.time()
        data = {"method": "custom", "content": {"kind": "stop", "page": "p"}}
        kernel.send("shell", "comm_msg", {"comm_id": model, "data": data})
        claude.wait_for(lambda: not any(record.is_open for record in claude.records_of("kernel-map")), 10)
        print(f"stopped after {1_000 * (time.time() - at):.0f} ms")
        [printed] = [m["content"]["text"] for m in kernel.end(cell) if m["msg_type"] == "stream"]
        assert printed == "stopped user\n"
