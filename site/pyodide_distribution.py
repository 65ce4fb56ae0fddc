"""Pyodide with the wheels that a program needs, in one folder that a page or Node loads without any other server.

The npm package `pyodide` has the interpreter and no packages. Its lock file names wheels on a public server. This
module collects the wheels from the package index instead, and writes a lock file that names the collected files.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = "pyodide-lock.json"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
"""The files of the npm package that run Python. `package.json` tells Node that they are modules."""


def make_distribution(npm: Path, folder: Path, roots: Iterable[str], local: Iterable[Path]) -> None:
    """Write a distribution of Pyodide with everything that some packages need.

    Args:
        npm: The npm package `pyodide`.
        folder: The folder to write.
        roots: Requirements, such as `"ipython"`.
        local: Wheels that are not taken from the package index.

    Raises:
        subprocess.CalledProcessError: The package index has no wheel for a requirement.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in CORE:
        shutil.copy(npm / name, folder / name)
    info = json.loads((npm / LOCK).read_text())["info"]
    copies = [Path(shutil.copy(wheel, folder)) for wheel in local]
    packages = dict(_describe(wheel, info) for wheel in _collect(info, folder, list(roots), copies))
    # A dependency of an extra is not collected.
    for described in packages.values():
        described["depends"] = [name for name in described["depends"] if name in packages]
    (folder / LOCK).write_text(json.dumps({"info": info, "packages": packages}, indent=1))


def _collect(info: dict[str, str], folder: Path, roots: list[str], local: list[Path]) -> list[Path]:
    """Return the wheels of all requirements and of everything that these need in turn."""
    found = {canonicalize_name(_metadata(wheel)["Name"]): wheel for wheel in local}
    wanted = [*roots, *(text for wheel in local for text in _requirements(wheel, info))]
    while missing := [text for text in wanted if canonicalize_name(Requirement(text).name) not in found]:
        wanted = []
        for wheel in _download(info, folder, missing):
            found[canonicalize_name(_metadata(wheel)["Name"])] = wheel
            wanted += _requirements(wheel, info)
    return list(found.values())


def _download(info: dict[str, str], folder: Path, requirements: list[str]) -> list[Path]:
    """Download one wheel for each requirement, without its dependencies.

    pip would choose the dependencies for the platform on which it runs itself.
    """
    python = ".".join(info["python"].split(".")[:2])
    platform = f"pyemscripten_{info['abi_version']}_{info['arch']}"
    with TemporaryDirectory() as download:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", download),
                *("--only-binary", ":all:", "--platform", platform, "--python-version", python),
                *("--implementation", "cp", *requirements),
            ],
            check=True,
        )
        return [Path(shutil.copy(wheel, folder)) for wheel in Path(download).glob("*.whl")]


def _requirements(wheel: Path, info: dict[str, str]) -> list[str]:
    """Return what a wheel needs in Pyodide, without its extras."""
    major, minor, _ = info["python"].split(".")
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": info["arch"],
        "platform_python_implementation": "CPython",
        "platform_system": "Emscripten",
        "python_full_version": info["python"],
        "python_version": f"{major}.{minor}",
        "sys_platform": "emscripten",
        "extra": "",
    }
    requirements = [Requirement(text) for text in _metadata(wheel).get_all("Requires-Dist") or ()]
    return [
        f"{need.name}{need.specifier}"
        for need in requirements
        if need.marker is None or need.marker.evaluate(environment)
    ]


def _metadata(wheel: Path) -> Any:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def _describe(wheel: Path, info: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Return a package's name and its entry in the lock file."""
    metadata = _metadata(wheel)
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0].removesuffix(".py") for name in archive.namelist()}
    return canonicalize_name(metadata["Name"]), {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(name for name in tops if name.isidentifier()),
        "depends": [canonicalize_name(Requirement(text).name) for text in _requirements(wheel, info)],
        "unvendored_tests": False,
    }
