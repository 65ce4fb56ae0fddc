"""The package with the lowest versions of its requirements and with the newest."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from claude_server import ClaudeServer
from server.redis_server import RedisServer
from versions import declared, lowest, python_with_lowest_versions

from nbstream.claude.demo import reply_events

ASK = """
import sys
import anthropic, nbstream

def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

client = anthropic.AsyncAnthropic(api_key="k", base_url=sys.argv[1], max_retries=0)
chat = nbstream.chat("What is 1 + 2?", tools=[add], client=client)
print(chat.status, chat.usage.output_tokens, [block.type for block in chat.message.content])
"""

pytestmark = pytest.mark.usefixtures("uncounted_processes")


@pytest.fixture(scope="module", params=["lowest", "newest"])
def python(request: pytest.FixtureRequest) -> str:
    """The Python of an environment with these versions; the tests' own environment has the newest."""
    return str(python_with_lowest_versions()) if request.param == "lowest" else sys.executable


def test_a_tool_is_called_and_the_answer_is_printed(claude: ClaudeServer, python: str) -> None:
    name = f"versions-{python == sys.executable}"
    claude.url(f"{name}-then", text="It is 3.", rate=None)
    call = ("tool_use", {"id": "c1", "name": "add"}, ['{"a": 1, ', '"b": 2}'])
    events = list(reply_events([("text", ["Let me see."]), call]))
    url = claude.url(name, events=events, then=f"{name}-then", rate=None)
    asked = subprocess.run([python, "-c", ASK, url], capture_output=True, text=True, timeout=120, check=False)
    assert asked.stderr == ""
    assert asked.stdout.startswith("Let me see.\n\nIt is 3.\ndone ")
    [result] = claude.records_of(name)[-1].body["messages"][-1]["content"]
    assert (result["tool_use_id"], result["content"]) == ("c1", "3")


@contextmanager
def served(python: str, *options: str) -> Iterator[str]:
    """Serve the demo from an environment, and give its URL."""
    command = [python, "-m", "nbstream", "serve", "--demo", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def begin_stream(url: str) -> tuple[str, dict[str, object]]:
    """Ask a server, and return the stream's id and its first event that has an op."""
    request = urllib.request.Request(
        f"{url}api/stream", json.dumps({"prompt": "Hello"}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        events = (json.loads(line[5:]) for line in response if line.startswith(b"data:"))
        return response.headers["X-Stream-Id"], next(event for event in events if "op" in event)


def test_an_answer_is_served_over_http(python: str) -> None:
    with served(python) as url:
        stream, first = begin_stream(url)
    assert stream
    assert first["op"] == "turn"


def test_workers_share_their_streams_by_redis(python: str) -> None:
    with (
        RedisServer() as redis,
        served(python, "--redis", redis.url) as one,
        served(python, "--redis", redis.url) as two,
    ):
        stream, _ = begin_stream(one)
        request = urllib.request.Request(f"{two}api/stream/{stream}", method="DELETE")
        with urllib.request.urlopen(request, timeout=60) as response:
            assert response.status < 300


def test_every_requirement_has_a_lowest_version() -> None:
    assert len(lowest()) == len(declared())
