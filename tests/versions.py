"""An environment with the lowest versions that the package declares; the tests' own one has the newest."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".kernels" / "lowest"

EXTRAS = ("server", "redis")
"""The extras whose packages the tests of versions use."""


def declared() -> list[str]:
    """Return the requirements of the package and of `EXTRAS`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return list(dict.fromkeys([*project["dependencies"], *(each for extra in EXTRAS for each in extras[extra])]))


def lowest() -> list[str]:
    """Return each declared requirement at its lowest version."""
    bounds = [re.match(r"([\w-]+)>=([\d.]+)", requirement) for requirement in declared()]
    assert all(bounds), declared()
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


def python_with_lowest_versions() -> Path:
    """Return the Python of the environment; make it if it is missing or was made for other requirements."""
    # This file is written last, so that an environment whose making was interrupted is made again.
    ready = HOME / "ready"
    python = HOME / "bin" / "python"
    wanted = "\n".join(lowest())
    HOME.parent.mkdir(exist_ok=True)
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", HOME], check=True)
            pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-compile"]
            subprocess.run([*pip, *lowest()], check=True)
            site = next((HOME / "lib").glob("python*/site-packages"))
            (site / "nbstream-under-test.pth").write_text(str(ROOT / "src"))
            ready.write_text(wanted)
    return python
