"""The house: imports point down, each outside world has one door, and what the papers say exists."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import nbstream

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "nbstream"
PAGE = ROOT / "js" / "src"

FLOORS = {
    "core": 0,
    "checks": 1,
    "defaults": 1,
    "claude": 1,
    "errors": 1,
    "filling": 1,
    "scripted": 1,
    "stream": 1,
    "writer": 1,
    "conversation": 1,
    "connection": 1,
    "parts": 1,
    "attachments": 1,
    "calls": 1,
    "main_thread": 1,
    "silence": 1,
    "wishes": 1,
    "tools": 1,
    "pdf": 1,
    "pictures": 1,
    "previews": 1,
    "results": 1,
    "remembered": 1,
    "allowance": 1,
    "tables": 1,
    "pricing": 1,
    "kernel": 1,
    "interrupt": 1,
    "reading": 1,
    "asking": 1,
    "runner": 1,
    "session": 1,
    "waiting": 1,
    "output": 1,
    "bundle": 2,
    "widget": 2,
    "api": 3,
    "server": 3,
    "comparison": 4,
    "magic": 4,
    "__main__": 5,
    "__init__": 5,
}

PAGE_FLOORS = {
    "core": 0,
    "connection": 1,
    "delivery": 1,
    "guard": 1,
    "http-route": 1,
    "keeper": 1,
    "notebook": 1,
    "painter": 1,
    "reconnect": 1,
    "rest": 1,
    "route": 1,
    "sse": 1,
    "stream-error": 1,
    "waiting": 1,
    "wishes": 1,
    "view": 2,
    "parts": 3,
    "widget": 3,
    "stub": 3,
    "web": 3,
}

PAGE_DOORS = {
    "parts": ("@codemirror/legacy-modes/", "@codemirror/streamparser", "temml"),
    "sse": ("eventsource-parser",),
}
"""What may be bundled that is not ours, and not into what every notebook's page loads."""

DOORS = {
    "anthropic": {"claude", "errors"},
    "httpx2": {"claude", "errors"},
    "anywidget": {"bundle", "widget"},
    "traitlets": {"bundle", "widget"},
    "ipywidgets": {"comparison"},
    "IPython": {"magic", "output"},
    "zmq": {"kernel"},
    "PIL": {"pictures"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "h11": {"server"},
    "redis": {"server"},
}
"""Who may import what does not belong to Python; `TYPE_CHECKING` imports cost nothing and do not count."""

GROUND = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "difflib",
    "enum",
    "itertools",
    "json",
    "logging",
    "re",
    "types",
    "typing",
}
"""What the ground floor may import: no clock, no loop, no I/O."""

MODULES = sorted(SOURCE.rglob("*.py"))
PAGES = sorted(PAGE.rglob("*.ts"))


def name_of(path: Path) -> str:
    """The room a module is in: `core` for all of the ground floor."""
    inside = path.relative_to(SOURCE if path.suffix == ".py" else PAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(path: Path) -> list[tuple[int, str]]:
    """The modules that a file imports at run time, each with its level (0 is absolute)."""
    found = []
    tree = ast.parse(path.read_text())
    skipped = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and "TYPE_CHECKING" in ast.unparse(test.test)
        for node in ast.walk(test)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += [(node.level, name) for name in names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down_and_go_through_the_doors(path: Path) -> None:
    name = name_of(path)
    for level, module in imports(path):
        top = module.split(".")[0]
        if level == 0:
            assert top in sys.stdlib_module_names or name in DOORS.get(top, set()), f"{name} imports {module}"
            if name == "core":
                assert top in GROUND, f"the ground floor imports {module}"
        elif level == len(path.relative_to(SOURCE).parts):
            assert FLOORS[top] <= FLOORS[name], f"{name} imports {module} from above"
        else:
            assert level == 1, f"{name} imports {module} from outside the package"
            assert (path.parent / f"{top}.py").exists(), f"{name} imports {module}, which is not in its room"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PAGE)))
def test_the_pages_imports_point_down(path: Path) -> None:
    name = name_of(path)
    for kind, target in re.findall(r'^(import type|import)\b[^;]*?from "([^"]+)"', path.read_text(), re.M):
        if not target.startswith("."):
            door = kind == "import type" or target.startswith(PAGE_DOORS.get(name, ()))
            assert door, f"{name} imports {target}: nothing is bundled without a reason"
            continue
        room = name_of((path.parent / target).resolve())
        if room == "parts" and name != "parts":
            assert kind == "import type", f"{name} imports {target}: parts travel on first need"
        above = PAGE_FLOORS[room] > PAGE_FLOORS[name]
        assert not above or kind == "import type", f"{name} imports {target} from above"
        assert not above or name != "core"


def test_one_file_knows_the_model_object_and_nothing_parses_html() -> None:
    for path in PAGES:
        text = path.read_text()
        assert ("widget_manager" in text) == (path.name == "route.ts"), path
        notebook = path.name in ("keeper.ts", "notebook.ts")
        assert ("requestCommInfo" in text or ".toJSON" in text) == notebook, path
        if path.name == "dom.ts":
            # A character's name, of letters and digits.
            text = text.replace("decoder.innerHTML = `&${name};`;", "")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|DOMParser|setHTML|document\.write", text), (
            path
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_has_its_test_file(path: Path) -> None:
    inside = path.relative_to(SOURCE)
    if inside.name != "__init__.py":
        assert (ROOT / "tests" / inside.parent / f"test_{inside.name}").exists()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PAGE)))
def test_every_module_of_the_page_has_its_test_file(path: Path) -> None:
    inside = path.relative_to(PAGE)
    # The stub and the bundle are two halves of one thing and are tested together.
    stem = "widget" if inside.stem == "stub" else inside.stem
    assert (ROOT / "js" / "test" / inside.parent / f"{stem}.test.ts").exists()


def test_the_public_names_are_exact() -> None:
    assert nbstream.__all__ == [
        "Chat",
        "Comparison",
        "Price",
        "abandon_after",
        "chat",
        "compare",
        "demo",
        "last",
        "prices",
    ]
    for name in nbstream.__all__:
        assert hasattr(nbstream, name)
    assert set(nbstream.__all__) <= set(dir(nbstream))


def test_the_version_is_the_changelogs_latest() -> None:
    latest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert latest is not None
    assert latest.group(1) == nbstream.__version__


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md"])
def test_every_path_and_command_in_the_papers_exists(paper: str) -> None:
    text = (ROOT / paper).read_text()
    makefile = (ROOT / "Makefile").read_text()
    for command in re.findall(r"`make ([\w ]+)`", text):
        for target in command.split():
            assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"
    paths = re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:md|toml|json|py|ts|ipynb))`", text)
    for path in paths:
        places = [ROOT / path, SOURCE / path, PAGE / path]
        assert any(place.exists() for place in places), f"{paper} names {path}"


def test_no_file_is_past_its_budget() -> None:
    """A budget is a question: what goes past 300 lines is split by meaning, or says here why not."""
    for path in [*MODULES, *PAGES]:
        assert len(path.read_text().splitlines()) <= 300, path


def test_public_names_are_documented() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"
