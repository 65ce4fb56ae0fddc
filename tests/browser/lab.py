"""A JupyterLab server for tests, with kernels of several versions of ipykernel."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import sysconfig
import time
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / ".kernels"
CHROMIUM = os.environ.get("NBSTREAM_CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

IPYKERNELS = ("7.4", "7.1", "6.30")
"""The generations of ipykernel: with routing of comms by their sender, with subshells, with neither."""


def python_of(version: str) -> str:
    """Return the Python of an environment with that version of ipykernel, and make the environment if need be.

    7.4 is the version of the tests' own environment.
    """
    if version == "7.4":
        return sys.executable
    home = KERNELS / version
    # This file is written last, so that an environment whose making was interrupted is made again.
    ready = home / "ready"
    KERNELS.mkdir(exist_ok=True)
    # Without the lock, each of two workers that make it at the same time would delete the other one's files.
    with (KERNELS / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _make_kernel(home, version)
            ready.touch()
    return str(home / "bin" / "python")


def _make_kernel(home: Path, version: str) -> None:
    python = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", home], check=True)
    # All else is in the tests' own environment, which is behind this one and has its modules compiled.
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "tests-environment.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT / 'src'}\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile"]
    subprocess.run([*pip, f"ipykernel=={version}.*"], check=True)


def port_of(server: subprocess.Popen[bytes], run: Path, log: Path, seconds: float = 60) -> int:
    """Wait until a Jupyter server answers, and return its port, which is in its runtime folder.

    The server finds a free port itself (`port=0`): another process could take a port that the test had found.
    """
    deadline = time.monotonic() + seconds
    while True:
        for info in run.glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                port = int(json.loads(info.read_text())["port"])
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).close()
                return port
        if time.monotonic() > deadline or server.poll() is not None:
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
        time.sleep(0.1)


def wait_until(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until a condition holds of which no event of the page tells."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


class Lab:
    """A JupyterLab server with its own settings and notebooks.

    Attributes:
        home: The folder of its settings, its log and its files.
        files: The folder of its notebooks.
        port: The port on which it listens.
        url: The address at which a browser reaches it.
    """

    def __init__(
        self,
        home: Path,
        *,
        subshells: bool = True,
        kernels: tuple[str, ...] = ("7.4",),
        options: tuple[str, ...] = (),
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.files = home / "files"
        self.files.mkdir(parents=True)
        self._settings(subshells)
        for version in kernels:
            self._kernelspec(version)
        self._log = (home / "lab.log").open("w")
        self._process = subprocess.Popen(
            [
                *(python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
                *("--ServerApp.port=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={self.files}"),
                f"--LabApp.app_settings_dir={home / 'settings'}",
                f"--LabApp.user_settings_dir={home / 'user-settings'}",
                f"--LabApp.workspaces_dir={home / 'workspaces'}",
                "--ServerApp.disable_check_xsrf=True",
                "--LabApp.news_url=",
                *options,
            ],
            env={
                **os.environ,
                "JUPYTER_PATH": str(home / "share"),
                "JUPYTER_RUNTIME_DIR": str(home / "run"),
                **(environment or {}),
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self.files,
        )
        self.port = port_of(self._process, home / "run", home / "lab.log")
        self.url = f"http://127.0.0.1:{self.port}"

    @classmethod
    def at(cls, url: str, home: Path) -> Lab:
        """Return a server that the caller has started and will end; its log is in `home`."""
        lab = cls.__new__(cls)
        lab.url, lab.home = url, home
        return lab

    def through(self, url: str) -> Lab:
        """Return the same server at another address, such as a proxy's."""
        lab = copy(self)
        lab.url = url
        return lab

    def log(self) -> str:
        return (self.home / "lab.log").read_text()

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()

    def notebook(self, *cells: str, kernel: str = "7.4", name: str | None = None) -> Path:
        """Write a notebook file with code cells, and return its path."""
        path = self.files / (name or f"{uuid.uuid4().hex[:8]}.ipynb")
        sources = cells or ("",)
        code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        notebook = {
            "cells": [{**code, "id": uuid.uuid4().hex[:8], "source": source} for source in sources],
            "metadata": {"kernelspec": {"name": f"k{kernel}", "display_name": kernel, "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path.write_text(json.dumps(notebook))
        return path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str) -> None:
        request = urllib.request.Request(f"{self.url}/{path}", data=b"{}", method="POST")
        urllib.request.urlopen(request, timeout=20).close()

    def delete(self, path: str) -> None:
        request = urllib.request.Request(f"{self.url}/{path}", method="DELETE")
        urllib.request.urlopen(request, timeout=20).close()

    def end_session(self, path: Path) -> None:
        """Shut down the kernel of a notebook, if it has one."""
        for session in self.get("api/sessions"):
            if session["path"] == path.name:
                self.delete(f"api/sessions/{session['id']}")

    def workspace_documents(self, workspace: str) -> list[str]:
        """The names of the documents that a saved workspace opens again when the page is loaded again."""
        data = self.get(f"lab/api/workspaces/{workspace}")["data"]
        return [key.removeprefix("notebook:") for key in data if key.startswith("notebook:")]

    def kernel_of(self, path: Path) -> str:
        """Return the id of the kernel that runs a notebook."""
        [session] = [s for s in self.get("api/sessions") if s["path"] == path.name]
        return str(session["kernel"]["id"])

    def _settings(self, subshells: bool) -> None:
        settings = {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/apputils-extension:kernels-settings": {
                "commsOverSubshells": "perCommTarget" if subshells else "disabled"
            },
            "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
            "@jupyterlab/completer-extension:manager": {"autoCompletion": False},
        }
        folder = self.home / "settings"
        folder.mkdir()
        (folder / "overrides.json").write_text(json.dumps(settings))
        # At each load of the page the server would look for half a second whether JupyterLab has to be built.
        (folder / "page_config.json").write_text(json.dumps({"buildCheck": False, "buildAvailable": False}))

    def _kernelspec(self, version: str) -> None:
        folder = self.home / "share" / "kernels" / f"k{version}"
        folder.mkdir(parents=True)
        argv = [python_of(version), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": f"ipykernel {version}", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))
