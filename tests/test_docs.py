"""The documentation and the README: every code block runs as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from claude_server import ClaudeServer
from ipykernel_client import Kernel
from server.nginx import Nginx
from web_server import run_web_server

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "js" / "npm" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
"""A code block: its language with the way in which it runs, and its code."""

HOW_BLOCKS_RUN = {
    "python": "in a kernel, from the page's top to its bottom",
    "python client": "as a script beside the server",
    "python django": "as the app of a new Django project",
    "sh": "names an extra that there is",
    "sh serve": "starts the server",
    "sh ask": "as a script beside the server",
    "js run": "in Node, with the npm package and the server",
    "js config": "is a module that gives an object",
    "js": "is compiled",
    "jsx": "is compiled",
    "nginx": "is a location of a real nginx",
    "text": "is a drawing",
}

OTHER_ADDRESS = "http://127.0.0.1:8000"
LOCAL_MODEL = "http://localhost:11434"

TRACKER = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("tracker")

@server.tool()
def open_issues(project: str) -> list[str]:
    "The open issues of a project."
    return ["Pages flicker", f"A slip in the README of {project}"]

server.run()
"""
"""The MCP server of the recipe."""


def blocks(page: Path, info: str) -> list[str]:
    """Return the code blocks of a page that run in one way, in their order."""
    return [code for found, code in BLOCK.findall(page.read_text()) if found == info]


def pages_with(info: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, info)]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def kernel(claude: ClaudeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in a folder of its own, whose Claude is the scripted server. Every answer can be continued."""
    home = tmp_path_factory.mktemp("docs")
    url = claude.url("docs", text="Replicated data types.", rate=None, stop_reason="max_tokens")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", url)
        patch.setenv("ANTHROPIC_API_KEY", "k")
        patch.setenv("MPLBACKEND", "agg")
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        # Under pytest a kernel has no standard error of the system, which a process started by a cell would use.
        for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTEST_CURRENT_TEST"):
            patch.delenv(name, raising=False)
        patch.chdir(home)
        (home / "paper.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<</Type /Page>>\nendobj\n%%EOF")
        (home / "tracker.py").write_text(TRACKER)
        with Kernel("7.4", home) as kernel:
            yield kernel


@pytest.fixture(scope="module")
def port(claude: ClaudeServer) -> Iterator[int]:
    """The port of nbstream's own server."""
    with run_web_server(claude, "docs-http", {"text": "Replicated data types.", "rate": None}) as port:
        yield port


def test_every_block_says_how_it_runs() -> None:
    infos = {info for page in PAGES for info, _ in BLOCK.findall(page.read_text())}
    assert infos == set(HOW_BLOCKS_RUN)


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_every_python_block_runs_from_top_to_bottom_in_a_notebook(
    page: Path, kernel: Kernel, claude: ClaudeServer
) -> None:
    kernel.run("%reset -f")
    kernel.run("import nbstream; nbstream.abandon_after = 30")
    for block in blocks(page, "python"):
        kernel.run(block.replace(LOCAL_MODEL, claude.url("local-model", text="Yes.", rate=None)))


@pytest.mark.parametrize(
    ("heading", "call", "result"),
    [
        (
            "Remember things from one chat to the next",
            {
                "name": "memory",
                "input": {"command": "create", "path": "/memories/me.txt", "file_text": "prefers polars"},
            },
            "created successfully",
        ),
        (
            "An MCP server",
            {"name": "open_issues", "input": {"project": "nbstream"}},
            "A slip in the README of nbstream",
        ),
    ],
    ids=["memory", "MCP"],
)
def test_a_recipe_with_a_tool_runs_the_call_that_claude_makes(
    heading: str, call: dict[str, object], result: str, kernel: Kernel
) -> None:
    text = (ROOT / "docs" / "recipes.md").read_text()
    [section] = re.findall(rf"^## {heading}$(.*?)(?=^## )", text, re.M | re.S)
    _, code = BLOCK.findall(section)[-1]
    kernel.run("%reset -f")
    tool_use = {"type": "tool_use", **call}
    kernel.run(f"import nbstream; claude = nbstream.demo([{tool_use!r}], 'Done.', wait=0)")
    kernel.run(code.replace("tools=", "client=claude, tools="))
    sent = kernel.run("print(chat.messages[2]['content'][0])")
    assert result in sent
    assert "is_error" not in sent


@pytest.mark.parametrize("page", pages_with("python client"), ids=name_of)
def test_every_client_in_python_reads_an_answer(page: Path, port: int) -> None:
    for block in blocks(page, "python client"):
        code = block.replace(OTHER_ADDRESS, f"http://127.0.0.1:{port}")
        read = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
        assert read.stdout == "Replicated data types."


@pytest.mark.parametrize("page", pages_with("sh ask"), ids=name_of)
def test_every_request_of_the_shell_is_answered(page: Path, port: int) -> None:
    for block in blocks(page, "sh ask"):
        code = block.replace(OTHER_ADDRESS, f"http://127.0.0.1:{port}")
        asked = subprocess.run(["bash", "-ec", code], check=True, capture_output=True, text=True, timeout=60)
        assert '"done":true' in asked.stdout


@pytest.mark.parametrize("page", pages_with("sh serve"), ids=name_of)
def test_every_server_of_the_shell_starts(page: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for block in blocks(page, "sh serve"):
        command = block.replace("--demo", "--demo --port 0")
        with subprocess.Popen(
            ["bash", "-ec", f"exec {command}"], stdout=subprocess.PIPE, text=True, env=environment
        ) as server:
            assert server.stdout is not None
            try:
                assert "http://127.0.0.1:" in server.stdout.readline()
            finally:
                server.terminate()


@pytest.mark.parametrize("page", pages_with("sh"), ids=name_of)
def test_every_installation_names_what_there_is(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for block in blocks(page, "sh"):
        [(package, extra)] = re.findall(r"^pip install \"?(\w+)(?:\[(\w+)\])?\"?$", block.strip())
        assert package == "nbstream"
        assert not extra or extra in extras


@pytest.mark.parametrize("page", pages_with("js run"), ids=name_of)
def test_every_script_of_a_page_runs(page: Path, port: int) -> None:
    client = (ROOT / "js" / "npm" / "client.js").as_uri()
    for block in blocks(page, "js run"):
        # A page's addresses are relative to the page, and Node has no page.
        address = f"http://127.0.0.1:{port}/api/stream"
        code = block.replace('"nbstream-sse"', json.dumps(client)).replace("/api/stream", address)
        command = ["node", "--input-type=module", "-e", code]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert ran.stdout.startswith("22 end_turn 0.0")


def test_every_configuration_in_javascript_is_a_module() -> None:
    for page in pages_with("js config"):
        for block in blocks(page, "js config"):
            code = (
                block.replace("export default", "const config =")
                + "console.log(JSON.stringify(await config.rewrites()))"
            )
            command = ["node", "--input-type=module", "-e", code]
            ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
            assert json.loads(ran.stdout)


@pytest.mark.parametrize("info", ["js", "jsx"])
def test_every_part_of_a_page_compiles(info: str) -> None:
    for page in pages_with(info):
        for block in blocks(page, info):
            command = [ROOT / "js" / "node_modules" / ".bin" / "esbuild", f"--loader={info}"]
            subprocess.run(command, input=block, check=True, capture_output=True, text=True, timeout=60)


def test_every_location_of_nginx_serves_the_page(port: int, tmp_path: Path) -> None:
    for page in pages_with("nginx"):
        for block in blocks(page, "nginx"):
            [(path, directives)] = re.findall(r"location (\S+) \{\n\s*proxy_pass \S+/;\n(.*)\}", block, re.S)
            with Nginx(tmp_path, port, " ".join(directives.split()), path=path, removes_path=True) as proxy:
                address = f"{proxy.url}{path}api/stream"
                command = [
                    "curl",
                    "-sN",
                    address,
                    "-H",
                    "Content-Type: application/json",
                    "-d",
                    '{"prompt": "Hi"}',
                ]
                asked = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
                # Without a token the server answers nobody behind a proxy.
                assert "token" in asked.stdout
