"""Chats without a page: in nbconvert, papermill and plain Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from claude_server import BY_MODEL, ClaudeServer, prose
from nbconvert import HTMLExporter, MarkdownExporter
from nbconvert.preprocessors import ExecutePreprocessor

SECRET = "sk-ant-secret"
SETUP = """
import anthropic, nbstream
def ask(url, prompt="Hello", **more):
    client = anthropic.AsyncAnthropic(base_url=url, max_retries=0)
    return nbstream.chat(prompt, client=client, **more)
"""
STATE = "application/vnd.jupyter.widget-state+json"

pytestmark = pytest.mark.usefixtures("uncounted_processes")


@pytest.fixture(autouse=True)
def api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the processes an API key, as their user's environment does."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)


def notebook(home: Path, *cells: str) -> Path:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (SETUP, *cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}},
    )
    path = home / "notebook.ipynb"
    nbformat.write(made, path)
    return path


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def nbconvert(path: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "nbconvert", "--to", "notebook", "--execute", "--output", "out.ipynb", path, cwd=path.parent)


def execute_here(path: Path) -> None:
    """Execute a notebook as `nbconvert --execute` does, without a process for nbconvert itself."""
    made = nbformat.read(path, as_version=4)
    ExecutePreprocessor(timeout=120).preprocess(made, {"metadata": {"path": path.parent}})
    nbformat.write(made, path.with_name("out.ipynb"))


def papermill(path: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "papermill", path, "out.ipynb", "--no-progress-bar", cwd=path.parent)


def outputs(path: Path) -> list[list[Any]]:
    """Return the outputs of each code cell but the first."""
    cells = nbformat.read(path.with_name("out.ipynb"), as_version=4).cells
    return [cell.outputs for cell in cells if cell.cell_type == "code" and "import anthropic" not in cell.source]


def markdown_of(output: Any) -> str:
    assert set(output["data"]) == {"text/markdown", "text/plain"}
    return str(output["data"]["text/markdown"])


TEXT = "The answer, with `code`.\n\n```html\n<b>bold</b>\n```\n\nAnd *more*: 1 <2."
SAFE = TEXT.replace(" <2", " &lt;2")


@pytest.mark.parametrize("execute", [nbconvert, papermill])
def test_the_executed_notebook_shows_the_answers_as_markdown(
    execute: Any, claude: ClaudeServer, tmp_path: Path
) -> None:
    url = claude.url("headless", text=TEXT, rate=None)
    path = notebook(
        tmp_path,
        f"chat = ask({url!r})",
        "print(chat.text)",
        f"background = ask({url!r}, wait=False)",
        "background.wait()",
        f"awaited = ask({url!r}, wait=False)\nawait awaited\nNone",
        "chat.ask('And?')\nNone",
        "chat",
    )
    done = execute(path)
    assert done.returncode == 0, done.stderr
    first, printed, background, waited, awaited, asked, again = outputs(path)
    assert asked[0]["data"]["text/plain"] == "The answer is in the chat under cell 2."
    assert (
        markdown_of(first[0])
        == f"**You**\n\nHello\n\n**Claude**\n\n{SAFE}\n\n**You**\n\nAnd?\n\n**Claude**\n\n{SAFE}"
    )
    assert printed[0]["text"] == TEXT + "\n"
    assert markdown_of(background[0]) == SAFE
    assert markdown_of(awaited[0]) == SAFE
    for more in (*waited, *again):
        assert "Error" not in json.dumps(more)
    page, _ = HTMLExporter().from_filename(str(tmp_path / "out.ipynb"))
    assert "And <em>more</em>: 1 &lt;2." in page
    page, _ = MarkdownExporter().from_filename(str(tmp_path / "out.ipynb"))
    assert "And *more*: 1 &lt;2." in page


def test_a_comparison_and_a_cell_magic_leave_their_answers_in_the_notebook(
    claude: ClaudeServer, tmp_path: Path
) -> None:
    url = claude.url(BY_MODEL)
    for name in ("claude-opus-4-8", "claude-haiku-4-5"):
        claude.url(name, text=f"I am `{name}`.", rate=None)
    path = notebook(
        tmp_path,
        f"mine, n = anthropic.AsyncAnthropic(base_url={url!r}), 2\n%load_ext nbstream",
        "nbstream.compare('Hello', ['claude-opus-4-8', 'claude-haiku-4-5'], client=mine)",
        "%%chat talk --client mine --model claude-haiku-4-5\nSay {{n}} words",
        "%%chat talk\nAnd {{n + 1}}?",
        "print(talk.to_markdown(), talk.cost > 0)",
    )
    execute_here(path)
    _, compared, first, again, printed = outputs(path)
    assert [markdown_of(output) for output in compared] == [
        "**claude-opus-4-8**\n\nI am `claude-opus-4-8`.\n\n**claude-haiku-4-5**\n\nI am `claude-haiku-4-5`."
    ]
    assert len(compared[0]["metadata"]["nbstream"]["row"]) == 2
    assert "Say 2 words" in markdown_of(first[0])
    assert len(again) == 1
    assert "And 3?" in printed[0]["text"]
    assert printed[0]["text"].endswith("True\n")


def test_widget_state_holds_the_page_once_and_neither_text_nor_secret(
    claude: ClaudeServer, tmp_path: Path
) -> None:
    text = "".join(prose(500))
    url = claude.url("state", text=text, rate=None)
    path = notebook(tmp_path, *[f"ask({url!r}, system='be brief')\nNone"] * 3)
    execute_here(path)
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    state = json.dumps(written.metadata["widgets"][STATE]["state"])
    models = written.metadata["widgets"][STATE]["state"].values()
    code = [len(model["state"]["_esm"]) for model in models if "_esm" in model["state"]]
    assert sorted(code)[-2] < 2_000 < sorted(code)[-1]
    assert text[:50] not in state
    assert SECRET not in (tmp_path / "out.ipynb").read_text()
    stubs = [len(json.dumps(m)) for m in models if len(m["state"].get("_esm", "")) < 2_000]
    assert sum(stubs) < 3 * 3_000
    cells = json.dumps(written.cells[1:], indent=1)
    assert len(cells) < 3 * (1.2 * len(json.dumps(text)) + 2_000)


def test_a_failed_answer_fails_the_run_and_is_shown(claude: ClaudeServer, tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        f"ask({claude.url('failing', text='Half of it and more', fault='reset', fault_after=2, rate=None)!r})",
        "print(1)",
    )
    assert nbconvert(path).returncode != 0
    # Of the two only papermill writes the notebook of a run that has failed.
    assert papermill(path).returncode != 0
    output, error = outputs(path)[0]
    assert markdown_of(output).startswith("Half")
    assert markdown_of(output).endswith("*")
    assert error["output_type"] == "error"


def test_a_reply_for_which_no_cell_waits_is_marked_as_unfinished(claude: ClaudeServer, tmp_path: Path) -> None:
    path = notebook(tmp_path, f"ask({claude.url('unawaited', text=prose(5000))!r}, wait=False)\nNone")
    execute_here(path)
    [[output]] = outputs(path)
    assert "still being written" in output["data"]["text/markdown"]


def test_plain_python_prints_the_answer_and_fails_with_it(claude: ClaudeServer, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"{SETUP}\nchat = ask({claude.url('script', text=TEXT, rate=None)!r})\nassert chat.text == {TEXT!r}\n"
    )
    done = run(script, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, TEXT + "\n", "")
    script.write_text(
        f"{SETUP}\nask({claude.url('script-401', status=(401, 'authentication_error'))!r})\nprint('never')\n"
    )
    done = run(script, cwd=tmp_path)
    assert done.returncode == 1
    assert "never" not in done.stdout


def test_an_interactive_python_runs_on_after_an_answer(claude: ClaudeServer, tmp_path: Path) -> None:
    lines = f"{SETUP}\nchat = ask({claude.url('interactive', text=TEXT, rate=None)!r})\nprint(len(chat.text))\n"
    done = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=lines,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == f"{TEXT}\n{len(TEXT)}\n"


def test_a_run_over_rows_leaves_its_table_in_the_notebook(claude: ClaudeServer, tmp_path: Path) -> None:
    url = claude.url("headless-map", text="`spam` | <b>", rate=None)
    path = notebook(
        tmp_path,
        f"client = anthropic.AsyncAnthropic(base_url={url!r}, max_retries=0)",
        "batch = nbstream.map('Is it spam? {{text}}', [{'text': 'a'}, {'text': 'b'}], client=client)",
        "print(batch.results, list(batch.frame.columns))",
        "background = nbstream.map('{{row}}', ['x'], client=client, wait=False)\nawait background\nNone",
    )
    execute_here(path)
    _, shown, printed, background = outputs(path)
    text = markdown_of(shown[0])
    assert text.startswith("2 of 2 rows · ")
    assert text.endswith("| 1 | b | \\`spam\\` \\| &lt;b> |")
    assert shown[0]["data"]["text/plain"].startswith("2 of 2 rows")
    assert printed[0]["text"] == "['`spam` | <b>', '`spam` | <b>'] ['text', 'answer']\n"
    assert markdown_of(background[0]).startswith("1 of 1 rows")


def test_a_script_prints_the_progress_of_a_run(claude: ClaudeServer, tmp_path: Path) -> None:
    url = claude.url("script-map", text="ok", rate=None)
    script = tmp_path / "script.py"
    script.write_text(
        "import anthropic, nbstream\n"
        f"client = anthropic.AsyncAnthropic(base_url={url!r}, max_retries=0)\n"
        "batch = nbstream.map('{{row}}', ['a', 'b', 'a'], client=client)\n"
        "assert batch.results == ['ok'] * 3\n"
    )
    done = run(script, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 of 3 rows")
    assert "\r" not in done.stdout
