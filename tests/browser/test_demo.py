"""`make demo`, as a new user runs it: the notebook opens, and all its cells work without an API key."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

from browser.evidence import keep_evidence
from browser.lab import Lab, port_of
from browser.notebook import Notebook
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]


def test_the_demo_opens_a_notebook_that_works(browser: Browser, tmp_path: Path) -> None:
    flags = "--no-browser --port=0 --IdentityProvider.token= --expose-app-in-browser"
    environment = {name: value for name, value in os.environ.items() if name != "ANTHROPIC_API_KEY"}
    environment |= {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with (tmp_path / "lab.log").open("w") as log:
        demo = subprocess.Popen(
            ["make", "demo", f"LAB_FLAGS={flags}"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            port = port_of(demo, tmp_path, tmp_path / "lab.log", 120)
            lab = Lab.at(f"http://127.0.0.1:{port}", tmp_path)
            notebook = Notebook.open(browser, lab, ROOT / "notebooks" / "quickstart.ipynb")
            try:
                notebook.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
                last = notebook.cells.last.locator(".jp-OutputArea-output").last
                expect(last).to_have_text(re.compile(r"\d+"), timeout=60_000)
                expect(notebook.page.get_by_text("done end_turn")).to_be_visible()
                expect(notebook.page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
            except Exception:
                keep_evidence(notebook, "demo")
                raise
            finally:
                notebook.close()
        finally:
            os.killpg(demo.pid, signal.SIGTERM)
            demo.wait(20)
