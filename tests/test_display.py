"""What is left in a notebook that ran without a page (nbconvert, papermill), and what a script prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from claude_server import ClaudeServer
from nbconvert import HTMLExporter, MarkdownExporter

from nbstream.kernel import is_headless

MARKDOWN = "text/markdown"
VIEW = "application/vnd.jupyter.widget-view+json"

SETUP = """
import anthropic, nbstream
client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url="{url}", max_retries=0)
"""

RUNNERS = {
    "nbconvert": ["nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb"],
    "papermill": ["papermill", "in.ipynb", "out.ipynb", "--kernel", "python3"],
}


def execute(home: Path, runner: str, *cells: str) -> tuple[int, Any]:
    """Run a notebook as people do; the exit code, and what stands in the executed one."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, home / "in.ipynb")
    program, *arguments = RUNNERS[runner]
    command = (
        [sys.executable, "-m", "jupyter", program] if program == "nbconvert" else [sys.executable, "-m", program]
    )
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(home / "run")}
    done = subprocess.run([*command, *arguments], cwd=home, env=environment, capture_output=True, text=True)
    out = home / "out.ipynb"
    return done.returncode, nbformat.read(out, as_version=4) if out.exists() else done.stderr


def shown(cell: Any) -> list[dict[str, str]]:
    return [output.data for output in cell.outputs if output.output_type == "display_data"]


def printed(cell: Any) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_executed_notebook_holds_the_answers(runner: str, tmp_path: Path, claude: ClaudeServer) -> None:
    text = "An **answer**, with <b>HTML</b>.\n\n![x](https://example.org/x.png)"
    url = claude.url(f"run-{runner}", text=text, rate=500)
    code, notebook = execute(
        tmp_path,
        runner,
        SETUP.format(url=url),
        "chat = nbstream.chat('One', client=client)",
        "print(len(chat.text), chat.status)",
        "chat.ask('Two')",
        "later = nbstream.chat('Three', client=client, wait=False)",
        "await later\nprint(later.status)",
        "never = nbstream.chat('Four', client=client, wait=False)",
    )
    assert code == 0, notebook
    _, first, length, _, background, waits, never = notebook.cells
    [answers] = shown(first)
    assert answers[MARKDOWN].count("An **answer**, with &lt;b>HTML&lt;/b>.") == 2
    assert "![" not in answers[MARKDOWN]
    assert "Two" in answers[MARKDOWN]
    assert "<b>HTML</b>" in answers["text/plain"]
    assert printed(length).split() == [str(len(text)), "done"]
    assert "An **answer**" in shown(background)[0][MARKDOWN]
    assert printed(waits).split() == ["done"]
    assert "still being written" in shown(never)[0][MARKDOWN]
    everything = nbformat.writes(notebook)
    assert VIEW not in everything
    assert everything.count("sk-secret") == 1, "the cell's own text is the only place"


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_failed_answer_fails_the_run_and_leaves_what_came(
    runner: str, tmp_path: Path, claude: ClaudeServer
) -> None:
    url = claude.url(f"fails-{runner}", text=["Half", " of it", " all"], rate=None, fault="reset", fault_after=2)
    code, notebook = execute(
        tmp_path, runner, SETUP.format(url=url), "nbstream.chat('One', client=client)", "print('never')"
    )
    assert code != 0
    if runner == "papermill":
        # nbconvert writes no notebook for a run that failed.
        failed = notebook.cells[-2]
        assert "Half of it" in shown(failed)[0][MARKDOWN]
        assert "The reply broke off" in shown(failed)[0][MARKDOWN]
        assert printed(notebook.cells[-1]) == ""


def test_whoever_converts_an_executed_notebook_gets_the_answer(tmp_path: Path, claude: ClaudeServer) -> None:
    url = claude.url("convert", text="An **answer** <script>alert(1)</script>", rate=None)
    _, notebook = execute(tmp_path, "nbconvert", SETUP.format(url=url), "nbstream.chat('One', client=client);")
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "An <strong>answer</strong>" in page
    assert "<script>alert(1)" not in page
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    assert "An **answer**" in text


def test_a_script_prints_the_answer_and_fails_with_it(tmp_path: Path, claude: ClaudeServer) -> None:
    good, bad = (
        claude.url("script", text="Grüße", rate=None),
        claude.url("bad", status=(401, "authentication_error")),
    )
    for url, code in ((good, 0), (bad, 1)):
        script = SETUP.format(url=url) + "print(nbstream.chat('One', client=client).status)"
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert done.stdout == ("Grüße\ndone\n" if code == 0 else "\n")


@pytest.mark.parametrize(
    ("request_", "headless"),
    [
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": True}}, False),
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": False}}, False),
        ({"metadata": {}, "content": {"allow_stdin": True}}, False),
        ({"metadata": {}, "content": {"allow_stdin": False}}, True),
        ({}, False),
    ],
)
def test_a_front_end_names_its_cell_or_answers_a_question(request_: dict[str, Any], headless: bool) -> None:
    assert is_headless(SimpleNamespace(get_parent=lambda _: request_)) is headless
