"""Every Python and shell block of the README, run as it stands, with the scripted server behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from claude_server import ClaudeServer
from ipykernel_client import Kernel

README = (Path(__file__).parents[1] / "README.md").read_text()
DEFAULT_PORT = "8000"


def blocks(language: str) -> list[str]:
    """Return the README's blocks in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


@pytest.mark.usefixtures("uncounted_processes")
def test_every_python_block_runs_from_top_to_bottom_in_a_notebook(
    claude: ClaudeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every answer ends at max_tokens, so each of them can be continued.
    url = claude.url("readme", text="Replicated data types.", rate=None, stop_reason="max_tokens")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    with Kernel("7.4", tmp_path) as kernel:
        for block in blocks("python"):
            kernel.run(block)
        assert kernel.run("print(review.text, app)").startswith("Replicated data types. <")
    asked = [record.body["messages"][-1]["content"] for record in claude.records_of("readme")]
    assert any("celsius" in str(content) for content in asked)
    assert (tmp_path / "answer.md").read_text().startswith("**You**\n\n")


@pytest.mark.usefixtures("uncounted_processes")
def test_every_shell_block_runs_in_its_order() -> None:
    """Only the port differs from the README, because another program may use the default one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    before, after = [block.replace(DEFAULT_PORT, port) for block in blocks("sh")]
    assert shutil.which("curl")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    serve = before.replace("serve --demo", f"serve --demo --port {port}")
    with subprocess.Popen(
        ["bash", "-ec", serve], stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as server:
        assert server.stdout is not None
        try:
            assert any(f"http://127.0.0.1:{port}/" in line for line in server.stdout)
            answer = subprocess.run(["bash", "-ec", after], capture_output=True, text=True, check=True, timeout=60)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert '"done":true' in answer.stdout
