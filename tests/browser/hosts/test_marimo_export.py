"""What marimo exports of a notebook with chats, and the errors that `nbstream.explain` finds there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser.hosts.marimo_server import marimo_notebook

CELLS = (
    "import marimo as mo\nimport nbstream",
    'chat = nbstream.chat("Hi", client=nbstream.demo("An *exported* answer.", wait=0))\nmo.md(chat.text)',
    "try:\n    {}['missing']\nexcept KeyError:\n"
    '    explained = nbstream.explain(client=nbstream.demo("Mend *it*.", wait=0), show=False)\n'
    "mo.md(explained.to_markdown())",
)


@pytest.mark.hosts
def test_an_exported_page_holds_the_answer_that_a_cell_ends_with(tmp_path: Path) -> None:
    (tmp_path / "notebook.py").write_text(marimo_notebook(*CELLS))
    command = [sys.executable, "-m", "marimo", "export", "html", "notebook.py", "-o", "page.html"]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=120)
    # The page holds the outputs as JSON, and the code of the cells with them.
    page = re.sub(r"\\u003C", "<", (tmp_path / "page.html").read_text()).replace("\\u003E", ">")
    assert "An <em>exported</em> answer." in page
    assert "Mend <em>it</em>." in page
    assert "KeyError: 'missing'" in page
