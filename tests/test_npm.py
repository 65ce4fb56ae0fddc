"""The npm package for other people's pages: its files, and its reading of a real server's stream."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from browser.proxy import Proxy
from claude_server import ClaudeServer, prose
from web_server import run_web_server

import nbstream

HOME = Path(__file__).parents[1] / "js" / "npm"

READ = """
import { streamChat } from "./client.js";
const [url, options] = JSON.parse(process.argv[1]);
const stop = new AbortController();
let text = "";
const onText = (more) => {
  text += more;
  if (text.length > (options.stopAfter ?? Infinity)) stop.abort(new Error("enough"));
  if (text.length > 100) process.stderr.write("reads\\n");
};
const told = await streamChat(url, { prompt: "Hello" }, { onText, signal: stop.signal }).catch(
  ({ name, message, status }) => ({ name, message, status }),
);
console.log(JSON.stringify({ text, ...told }));
"""


def start(port: int, **options: Any) -> subprocess.Popen[str]:
    """Start Node with the built module, which reads an answer."""
    argument = json.dumps([f"http://127.0.0.1:{port}/api/stream", options])
    command = ["node", "--input-type=module", "-e", READ, argument]
    return subprocess.Popen(command, cwd=HOME, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def read(port: int, **options: Any) -> dict[str, Any]:
    """Let Node read an answer; return the text, and the result or the error."""
    out, errors = start(port, **options).communicate(timeout=30)
    assert out, errors
    result: dict[str, Any] = json.loads(out)
    return result


def test_the_package_holds_exactly_the_files_that_it_needs() -> None:
    command = ["npm", "pack", "--dry-run", "--json"]
    packed = json.loads(subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True).stdout)[0]
    assert sorted(file["path"] for file in packed["files"]) == [
        "LICENSE",
        "README.md",
        "client.d.ts",
        "client.js",
        "errors.d.ts",
        "events.d.ts",
        "package.json",
    ]
    assert packed["version"] == nbstream.__version__
    assert "eventsource-parser" in (HOME / "LICENSE").read_text()


def test_node_reads_an_answer_with_it(claude: ClaudeServer) -> None:
    text = "".join(prose(200)) + " 日本語 👩‍🚀"
    with run_web_server(claude, "npm", {"text": text, "thinking": ["Hm."], "rate": None}) as port:
        told = read(port)
    assert told["text"] == text
    assert (told["done"], told["stop_reason"]) == (True, "end_turn")
    assert told["usage"]["output_tokens"] > 0


def test_its_abort_closes_the_request_of_a_stream_that_could_be_resumed(claude: ClaudeServer) -> None:
    with run_web_server(claude, "npm-abort", {"text": prose(5000), "rate": 200}, resume_for=30) as port:
        told = read(port, stopAfter=50)
        assert told["message"] == "enough"
        claude.wait_for(lambda: not claude.records_of("npm-abort")[0].is_open)
    assert claude.records_of("npm-abort")[0].disconnected_at is not None


def test_after_a_cut_connection_its_text_is_complete(claude: ClaudeServer) -> None:
    text = "".join(prose(300, seed=3))
    with (
        run_web_server(claude, "npm-cut", {"text": text, "rate": 200}, resume_for=30) as port,
        Proxy(port) as proxy,
    ):
        reading = start(proxy.port)
        assert reading.stderr is not None
        assert reading.stderr.readline() == "reads\n"
        proxy.cut()
        out, _ = reading.communicate(timeout=30)
    assert json.loads(out)["text"] == text
    assert len(claude.records_of("npm-cut")) == 1


def test_a_failure_is_an_exception_with_a_sentence(claude: ClaudeServer) -> None:
    with run_web_server(claude, "npm-failed", {"status": (529, "overloaded_error")}) as port:
        told = read(port)
    assert (told["name"], told["status"], told["text"]) == ("StreamError", 200, "")
    assert told["message"]
