"""The example notebooks, run from top to bottom without an API key, as `nbconvert --execute` runs them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


async def run_notebook(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs for cell in code), f"{path.name} is stored with outputs"
    try:
        await NotebookClient(notebook, timeout=120, kernel_name="python3").async_execute()
    except Exception as error:
        error.add_note(f"in {path.name}")
        raise
    assert "done end_turn" in repr([cell.outputs for cell in code]), f"no answer in {path.name} came to its end"


@pytest.mark.anyio
@pytest.mark.usefixtures("uncounted_processes")
async def test_every_notebook_runs_without_a_key_and_is_stored_without_outputs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The notebooks run at the same time, since most of their time is the demo's typing speed."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert NOTEBOOKS
    async with asyncio.TaskGroup() as notebooks:
        for path in NOTEBOOKS:
            notebooks.create_task(run_notebook(path))
