"""Python in a browser: JupyterLite's kernel in Pyodide, which Node runs, with the real SDK over real HTTP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from build_site import make_nbstream_distribution
from claude_server import ClaudeServer, prose

SCRIPT = Path(__file__).with_name("pyodide_kernel.mjs")

SETUP = """
import asyncio, os, time, warnings
import nbstream

os.environ["ANTHROPIC_API_KEY"] = "k"
"""


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with Pyodide and the wheels."""
    home = tmp_path_factory.mktemp("pyodide")
    make_nbstream_distribution(home)
    return home


def run(pyodide: Path, *cells: str) -> list[dict[str, Any]]:
    ended = subprocess.run(
        ["node", SCRIPT, pyodide],
        input=json.dumps([SETUP, *cells]),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    results: list[dict[str, Any]] = json.loads(ended.stdout.splitlines()[-1])[1:]
    return results


def test_a_chat_streams_and_stops_in_the_kernel_of_jupyterlite(pyodide: Path, claude: ClaudeServer) -> None:
    whole = claude.url("pyodide", text=prose(100), rate=None)
    long = claude.url("pyodide-long", text=prose(5000), rate=100)
    asked, waited, stopped = run(
        pyodide,
        f"os.environ['ANTHROPIC_BASE_URL'] = {whole!r}\nchat = nbstream.chat('Hello')\nchat",
        "await chat\nprint(chat.status, len(chat.text))",
        f"os.environ['ANTHROPIC_BASE_URL'] = {long!r}\n"
        "chat = nbstream.chat('Hello', wait=False)\n"
        "async for piece in chat: break\n"
        "chat.stop()\nawait chat\nprint(chat.status, time.time())",
    )
    # Node 20 cannot set a cell aside, so the call says what to write; and the chat is shown once.
    assert "Write await" in asked["printed"]
    assert [output for output in asked["outputs"] if "application/vnd.jupyter.widget-view+json" in output] == [
        ["application/vnd.jupyter.widget-view+json", "text/markdown", "text/plain"]
    ]
    assert waited["printed"] == f"done {len(''.join(prose(100)))}\n"
    status, at = stopped["printed"].split()
    assert status == "stopped"
    [record] = claude.records_of("pyodide-long")
    assert record.disconnected_at is not None
    assert record.disconnected_at - float(at) < 1
    assert [cell["result"]["status"] for cell in (asked, waited, stopped)] == ["ok"] * 3


@pytest.mark.hosts
def test_a_function_is_called_without_threads(pyodide: Path, claude: ClaudeServer) -> None:
    called = claude.url("pyodide-call", text="It is cold.", rate=None)
    [tool] = run(
        pyodide,
        f"os.environ['ANTHROPIC_BASE_URL'] = {called!r}\n"
        "def lookup(city: str) -> str:\n    'Look up.'\n    return f'{city}: 5 degrees'\n"
        "call = [{'type': 'tool_use', 'id': 't', 'name': 'lookup', 'input': {'city': 'Oslo'}}]\n"
        "chat = nbstream.chat('Cold?', tools=[lookup], wait=False, client=nbstream.demo(call, 'Cold.'))\n"
        "await chat\nprint(chat.text, chat.messages[-2]['content'])",
    )
    assert "Cold." in tool["printed"]
    assert "Oslo: 5 degrees" in tool["printed"]
