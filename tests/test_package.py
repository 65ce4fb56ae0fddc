"""The files for PyPI: a small wheel that needs no Node, and an sdist that builds the same wheel."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import nbstream

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "src" / "nbstream" / "static"
FILES = (
    "widget.js",
    "chat-model.js",
    "batch.js",
    "batch.css",
    "comparison-box.js",
    "widget.css",
    "code.js",
    "math.js",
    "move.js",
    "output.js",
    "save.js",
    "variables.js",
    "page.html",
    "web.js",
    "web.css",
    "LICENSES.txt",
)
BUNDLE = {f"nbstream/static/{name}" for name in FILES}

MAX_GZIPPED_BYTES = {
    "widget.js": 64_030,
    "widget.css": 7_560,
    "chat-model.js": 500,
    "batch.js": 10_020,
    "batch.css": 1_900,
    "comparison-box.js": 2_400,
    "code.js": 74_000,
    "math.js": 65_000,
    "move.js": 3_200,
    "output.js": 3_000,
    "save.js": 15_500,
    "variables.js": 2_300,
    "page.html": 500,
    "web.js": 64_720,
    "web.css": 2_000,
}
"""Maximum size of each file in bytes, gzipped. Every chat carries chat-model.js, every batch batch.js and
batch.css, every comparison comparison-box.js. A notebook's page loads widget.js and widget.css, and the server's
page the last three files. A page fetches the others on first need."""

BUNDLED = re.findall(r'"([\w@/-]+)"', re.findall(r"BUNDLED = \[(.*?)\]", (ROOT / "js/build.mjs").read_text())[0])
"""The packages whose code the page's code holds."""

BUILD = [sys.executable, "-m", "build", "--no-isolation"]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([*BUILD, "-o", str(out), str(ROOT)], check=True, capture_output=True)
    return out


def file_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_is_small_and_complete(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    assert wheel.stat().st_size < 1_000_000
    inside = file_names(wheel)
    assert inside >= BUNDLE | {"nbstream/py.typed", "nbstream/core/protocol.py"}
    assert not [name for name in inside if name.startswith(("tests", "js", "benchmarks"))]


def test_the_wheel_names_its_licences_and_has_their_texts(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    info = f"nbstream-{nbstream.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode()
        own = archive.read(f"{info}/licenses/LICENSE").decode()
        bundled = archive.read(f"{info}/licenses/src/nbstream/static/LICENSES.txt").decode()
        commands = archive.read(f"{info}/entry_points.txt").decode()
    assert "License-Expression: BSD-3-Clause AND MIT\n" in metadata
    assert "BSD 3-Clause" in own
    for package in BUNDLED:
        assert f"{package}\n\n" in bundled
    assert "nbstream = nbstream.__main__:main" in commands


def test_the_sdist_has_the_notebooks_and_papers(dist: Path) -> None:
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    notebooks = {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    papers = {"README.md", "CHANGELOG.md", "SECURITY.md", "CITATION.cff", "LICENSE"}
    assert notebooks | papers | {"js/npm/package.json", "js/src/entry/widget.ts"} <= inside
    assert not [name for name in inside if name.startswith(("tests", "js/node_modules", "docs"))]


@pytest.mark.parametrize("name", MAX_GZIPPED_BYTES)
def test_no_file_of_the_page_exceeds_its_size(name: str) -> None:
    size = len(gzip.compress((STATIC / name).read_bytes(), 9))
    print(f"{name}: {size:,} bytes gzipped")
    assert size <= MAX_GZIPPED_BYTES[name]


def test_the_page_without_a_notebook_has_its_texts_from_the_table() -> None:
    page = (STATIC / "page.html").read_text()
    assert '<html lang="en">' in page
    assert ">New chat</button>" in page
    assert "<noscript>This page needs JavaScript.</noscript>" in page
    assert "{{" not in page
    source = (ROOT / "js/src/entry/page.html").read_text()
    assert re.findall(r">\s*([^<>{}\s][^<>{}]*)<", source) == [], "a text that stands in the page itself"


def test_the_sdist_builds_the_same_wheel_without_node(dist: Path, tmp_path: Path) -> None:
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [home] = tmp_path.iterdir()
    node = shutil.which("node")
    without = [
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if node is None or not Path(folder, "node").exists()
    ]
    environment = {**os.environ, "PATH": os.pathsep.join(without)}
    command = [*BUILD, "--wheel", "-o", str(tmp_path / "out"), str(home)]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    [again], [wheel] = (tmp_path / "out").glob("*.whl"), dist.glob("*.whl")
    assert file_names(again) == file_names(wheel)


def test_the_files_pass_the_checks_of_the_registry(dist: Path) -> None:
    files = [str(path) for path in dist.iterdir()]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], check=True, capture_output=True)
