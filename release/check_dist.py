"""Install the files in `dist/` into empty environments and ask the demo there.

Both files for PyPI are installed on the lowest and on the newest Python that is here. The npm package reads a
stream of the installed server in an empty project.

Usage: `python release/check_dist.py DIST`
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

MINORS = range(11, 20)
"""Minor versions of Python 3 to look for; `requires-python` has the lowest."""

ASK = """
import nbstream
chat = nbstream.chat("Hello", client=nbstream.demo("It works.", wait=0))
assert (chat.text, chat.stop_reason) == ("It works.", "end_turn")
"""

READ = """
import { streamChat } from "nbstream-sse";
let text = "";
const done = await streamChat(process.argv[2], { prompt: "Hello" }, { onText: (more) => { text += more; } });
console.log(text.length > 0, done.stop_reason);
"""


def find_pythons() -> list[str]:
    """Return the lowest and the newest Python of this machine on which nbstream runs."""
    names = [f"python3.{minor}" for minor in MINORS]
    found = [name for name in names if shutil.which(name) and runs(name)]
    if not found:
        raise SystemExit("No Python 3.11 or newer is on the PATH; install one, as in apt install python3.")
    return [found[0], found[-1]] if len(found) > 1 else found


def runs(name: str) -> bool:
    """Whether it starts. A shim of a version manager may name a version that is not chosen."""
    return subprocess.run([name, "-c", ""], capture_output=True).returncode == 0


def install(python: str, package: str, folder: Path) -> Path:
    """Install a package into an empty environment, and return the environment's Python."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    own = folder / "bin" / "python"
    subprocess.run([own, "-m", "pip", "install", "-q", "--disable-pip-version-check", package], check=True)
    return own


def check_python(dist: Path, work: Path) -> None:
    """Ask the demo in an environment for each file and each Python."""
    [wheel], [sdist] = dist.glob("pypi/*.whl"), dist.glob("pypi/*.tar.gz")
    for python in find_pythons():
        for file in (wheel, sdist):
            own = install(python, str(file), work / f"{python}-{file.suffix[1:]}")
            subprocess.run([own, "-W", "error", "-c", ASK], check=True, cwd=work)
            print(f"{file.name} answers on {python}")


def check_npm(dist: Path, work: Path) -> None:
    """Read a stream of the installed server with the npm package, in an empty project."""
    [wheel], [package] = dist.glob("pypi/*.whl"), dist.glob("npm/nbstream-sse-*.tgz")
    own = install(find_pythons()[0], f"{wheel}[server]", work / "server")
    project = work / "project"
    project.mkdir()
    (project / "package.json").write_text('{"type": "module", "private": true}')
    (project / "read.js").write_text(READ)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", package], cwd=project, check=True)
    serve = [own.with_name("nbstream"), "serve", "--demo", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            [address] = re.findall(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
            read = ["node", "read.js", f"{address}api/stream"]
            said = subprocess.run(read, cwd=project, check=True, capture_output=True, text=True, timeout=60).stdout
        finally:
            server.terminate()
    if said != "true end_turn\n":
        raise SystemExit(f"{package.name} read {said!r}; a whole answer was expected.")
    print(f"{package.name} reads a stream")


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve()
    with TemporaryDirectory() as temporary:
        check_python(folder, Path(temporary))
        check_npm(folder, Path(temporary))
