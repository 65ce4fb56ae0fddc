"""Servers of Jupyter hosts that are not in the tests' own environment: nbclassic, Notebook 7, collaboration.

jupyter-collaboration changes every JupyterLab of its environment. So these packages are in an environment of their
own, which takes everything else from the tests' environment.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from browser.lab import KERNELS, Lab
from browser.notebook import Notebook

PACKAGES = ("jupyter-collaboration>=5.0,<6", "nbclassic>=1.3,<2", "notebook>=7.6,<8")

COLLABORATION = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
"""The extensions of the page that share a document."""


def hosts_python() -> str:
    """Return the Python of the environment with these hosts, and make it if need be: 67 MB."""
    home = KERNELS / "hosts"
    ready = home / "ready"
    KERNELS.mkdir(exist_ok=True)
    with (KERNELS / "hosts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _make_environment(home)
            ready.touch()
    return str(home / "bin" / "python")


def _make_environment(home: Path) -> None:
    python = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", home], check=True)
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "tests-environment.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile"]
    subprocess.run([*pip, *PACKAGES], check=True)


def hosts_server(home: Path, *, collaborative: bool) -> Lab:
    """Start a server with JupyterLab, Notebook 7 and nbclassic.

    Args:
        home: The folder of its settings, its log and its files.
        collaborative: Whether JupyterLab and Notebook share their documents.
    """
    shared = Path(sys.prefix)
    # Both JupyterLab and Notebook 7 read this file.
    page = home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text(
        json.dumps({"disabledExtensions": {} if collaborative else dict.fromkeys(COLLABORATION, True)})
    )
    return Lab(
        home,
        python=hosts_python(),
        environment={
            "JUPYTER_PATH": os.pathsep.join([str(home / "share"), str(shared / "share" / "jupyter")]),
            "JUPYTER_CONFIG_PATH": os.pathsep.join([str(home / "config"), str(shared / "etc" / "jupyter")]),
            "JUPYTERLAB_DIR": str(shared / "share" / "jupyter" / "lab"),
        },
        options=("--JupyterNotebookApp.expose_app_in_browser=True",),
    )


class Notebook7(Notebook):
    """A notebook in the page of Notebook 7, which shows one notebook and has no workspace."""

    def load(self) -> None:
        self.page.goto(f"{self.lab.url}/notebooks/{self.path.name}")
        self.wait_until_idle()

    def reload_page(self) -> None:
        self.page.reload()
