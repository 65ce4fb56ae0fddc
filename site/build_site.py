"""Build the site on which nbstream runs without an installation: JupyterLite with nbstream's wheel in it.

The site is a folder of files for any web server. Its pages load nothing from elsewhere: Pyodide from npm and the
wheels from the package index are put into the folder.

Usage: `python site/build_site.py OUTPUT`
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pyodide_distribution import make_distribution

ROOT = Path(__file__).parents[1]
PYODIDE = ROOT / "js" / "node_modules" / "pyodide"
NOTEBOOKS = ("quickstart.ipynb",)

LAB_EXTENSIONS = Path(sys.prefix, "share/jupyter/labextensions")
USED_EXTENSIONS = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "anywidget")
"""The extensions of JupyterLab that the site has. Others of the environment may need a server."""

KERNEL_WHEELS = LAB_EXTENSIONS / USED_EXTENSIONS[0] / "static" / "pypi"
"""The wheels that JupyterLite's kernel brings along."""

ROOTS = ("micropip", "jedi")
"""What the kernel needs besides, and no wheel names: the installer of `%pip`, and completion."""


def build_wheel(folder: Path) -> Path:
    """Build nbstream's wheel from the bundle that is there, and return its path."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT],
        env={**os.environ, "HATCH_JUPYTER_BUILDER_SKIP_NPM": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    [wheel] = folder.glob("nbstream-*.whl")
    return wheel


def make_nbstream_distribution(folder: Path) -> None:
    """Write a distribution of Pyodide with nbstream, JupyterLite's kernel and everything that they need."""
    with TemporaryDirectory() as wheels:
        own = [build_wheel(Path(wheels)), *KERNEL_WHEELS.glob("*.whl")]
        # There are two empty wheels of `widgetsnbextension`, for two major versions of ipywidgets.
        local = [wheel for wheel in own if not wheel.name.startswith("widgetsnbextension-3")]
        make_distribution(PYODIDE, folder, ROOTS, local)


def build_site(output: Path) -> None:
    """Write the site to a folder, whose content is replaced."""
    shutil.rmtree(output, ignore_errors=True)
    with TemporaryDirectory() as lite:
        home = Path(lite)
        shutil.copy(Path(__file__).with_name("jupyter-lite.json"), home)
        make_nbstream_distribution(home / "static" / "pyodide")
        settings = {
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(LAB_EXTENSIONS / name) for name in USED_EXTENSIONS],
        }
        (home / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": settings}))
        (home / "notebooks").mkdir()
        for name in NOTEBOOKS:
            shutil.copy(ROOT / "notebooks" / name, home / "notebooks" / name)
        subprocess.run(
            [
                *(sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", home, "--output-dir", output),
                *("--contents", home / "notebooks", "--apps", "lab", "--no-sourcemaps"),
            ],
            cwd=home,
            stdout=subprocess.DEVNULL,
            check=True,
        )


if __name__ == "__main__":
    build_site(Path(sys.argv[1]).resolve())
