"""The house: imports point down, each outside world has one door, and what the papers say exists."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import nbstream

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "nbstream"
PAGE = ROOT / "js" / "src"

LEVELS = {
    "core": 1,
    "kernel": 1,
    "content": 2,
    "claude": 2,
    "output": 3,
    "tools": 3,
    "variables": 3,
    "conversation": 4,
    "notebook": 5,
    "server": 5,
    "api": 6,
    "batch": 6,
    "__main__": 6,
    "comparison": 7,
    "explanation": 7,
    "magic": 8,
    "__init__": 9,
}
"""One number for each folder, and for each module that stands beside them. Imports go down; equals do not meet."""

SERVER_LEVELS = {
    "errors": 1,
    "limits": 1,
    "http": 2,
    "billing": 3,
    "streams": 4,
    "cluster": 5,
    "endpoints": 6,
    "app": 7,
    "__init__": 8,
}
"""The same inside `server/`."""

PAGE_LEVELS = {
    "core": 1,
    "sse": 2,
    "transport": 3,
    "chat": 4,
    "view": 5,
    "batch": 6,
    "lazy": 6,
    "jupyterlab": 7,
    "entry": 8,
}
"""The same for `js/src/`. `lazy/` stands above `view/`: it fulfils interfaces that `view/` declares."""

VIEW_LEVELS = {
    "base": 1,
    "markdown": 2,
    "composer": 2,
    "blocks": 3,
    "tool-call": 4,
    "status": 5,
    "turns": 6,
    "chat": 7,
}
"""The same inside `js/src/view/`."""

PAGE_DOORS = {
    "lazy": ("@codemirror/legacy-modes/", "@codemirror/streamparser", "temml"),
    "sse": ("eventsource-parser",),
}
"""The packages that may be bundled; none into the code that every notebook's page loads."""

DOORS = {
    "anthropic": {"claude"},
    "httpx2": {"claude"},
    "httpcore2": {"claude"},
    "anywidget": {"batch", "notebook"},
    "marimo": {"kernel"},
    "comm": {"kernel"},
    "pyodide": {"kernel"},
    "pandas": {"batch"},
    "polars": {"batch"},
    "traitlets": {"batch", "notebook"},
    "ipywidgets": {"comparison", "notebook"},
    "IPython": {"magic", "notebook"},
    "zmq": {"kernel"},
    "PIL": {"content"},
    "narwhals": {"content"},
    "markdown_it": {"notebook"},
    "pydantic": {"output"},
    "pypdf": {"content"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "h11": {"server"},
    "redis": {"server"},
    "typing_extensions": {"output"},
}
"""The folders that may import a package which does not belong to Python."""

GROUND = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "difflib",
    "reprlib",
    "enum",
    "itertools",
    "json",
    "logging",
    "re",
    "types",
    "typing",
    "unicodedata",
}
"""What the ground floor may import: no clock, no loop, no I/O."""

UNITS = re.compile(
    r"_(SECONDS|MS|CHARS|BYTES|TOKENS|USD|PAGES|ROWS|COLUMNS|PIXELS|PERCENT|CODES?|RATIO)$"
    r"|_PER_[A-Z]+$"
    r"|^_?(MAX|REMEMBERED)_[A-Z0-9_]+$"
)
"""The end of a constant's name says its unit. A count is named MAX_… or REMEMBERED_…."""

NUMBERS_WITHOUT_UNIT = {
    "VERSION": "a version",
    "FORMAT_VERSION": "a version",
    "MILLION": "a plain number",
    "abandon_after": "public, and fixed by the contract; its docstring says seconds",
    "CLAUDE_SIMILARITY": "a share from 0 to 1",
    "FAMILY_SIMILARITY": "a share from 0 to 1",
    "PROBE_STEPS": "a count",
    "STALL_CHECKS": "a count",
    "OPEN_FILES": "a count",
    "JPEG_QUALITIES": "Pillow's own scale",
    "THUMBNAILS": "pairs of pixels and Pillow's quality",
}
"""Numeric constants whose name may lack a unit, each with the reason."""

MODULES = sorted(SOURCE.rglob("*.py"))
PAGES = sorted(PAGE.rglob("*.ts"))


@dataclass(frozen=True)
class Import:
    """One import of our own code: from which file to which file, and whether for its types alone."""

    source: Path
    target: Path
    types_only: bool = False


def place(path: Path, root: Path) -> str:
    """The folder of `root` that a file is in, or the file's own name where it stands beside the folders."""
    inside = path.relative_to(root)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def python_imports(path: Path) -> tuple[list[Import], list[str]]:
    """Our own modules that a file imports, for types too, and the names of all other packages."""
    own, others = [], []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            others += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            others.append(str(node.module))
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            if base.with_suffix(".py").exists():
                own.append(Import(path, base.with_suffix(".py")))
            else:
                files = [base / f"{alias.name}.py" for alias in node.names]
                own += [Import(path, file if file.exists() else base / "__init__.py") for file in files]
    return own, others


def page_imports(path: Path) -> tuple[list[Import], list[str]]:
    """The same for a file of the page; packages that are imported for their types alone do not count."""
    own, others = [], []
    text = path.read_text()
    found = re.findall(r'^(import type|import|export)\b[^;]*?from "([^"]+)"', text, re.M)
    found += [("import", target) for target in re.findall(r'import\("(\.[^"]+)"\)', text)]
    for kind, target in found:
        if target.startswith("."):
            own.append(Import(path, (path.parent / target).resolve(), kind == "import type"))
        elif kind != "import type":
            others.append(target)
    return own, others


def misplaced(imports: Iterable[Import], root: Path, levels: Mapping[str, int]) -> list[str]:
    """The imports between the folders of `root` that do not point down."""
    wrong = []
    for found in imports:
        if not (found.source.is_relative_to(root) and found.target.is_relative_to(root)):
            continue
        source, target = place(found.source, root), place(found.target, root)
        if source != target and levels[source] <= levels[target]:
            wrong.append(f"{found.source.relative_to(root)} imports {found.target.relative_to(root)}")
    return wrong


def circles(imports: Iterable[Import]) -> list[set[Path]]:
    """Groups of files that import each other around a circle (the strongly connected components)."""
    graph: dict[Path, set[Path]] = defaultdict(set)
    for found in imports:
        graph[found.source].add(found.target)
    reach = {file: _reachable(file, graph) for file in [*graph]}
    groups = [
        {other for other in reach[file] if file in reach.get(other, ())} for file in reach if file in reach[file]
    ]
    return [group for number, group in enumerate(groups) if group not in groups[:number]]


def _reachable(file: Path, graph: Mapping[Path, set[Path]]) -> set[Path]:
    seen: set[Path] = set()
    rest = [file]
    while rest:
        more = graph.get(rest.pop(), set()) - seen
        seen |= more
        rest += more
    return seen


PYTHON_IMPORTS = [found for path in MODULES for found in python_imports(path)[0]]
PAGE_IMPORTS = [found for path in PAGES for found in page_imports(path)[0]]


@pytest.mark.parametrize(
    ("imports", "root", "levels"),
    [
        pytest.param(PYTHON_IMPORTS, SOURCE, LEVELS, id="nbstream"),
        pytest.param(PYTHON_IMPORTS, SOURCE / "server", SERVER_LEVELS, id="server"),
        pytest.param(PAGE_IMPORTS, PAGE, PAGE_LEVELS, id="page"),
        pytest.param(PAGE_IMPORTS, PAGE / "view", VIEW_LEVELS, id="view"),
    ],
)
def test_imports_go_down_the_levels(imports: list[Import], root: Path, levels: dict[str, int]) -> None:
    files = [*root.rglob("*.py"), *root.rglob("*.ts")]
    assert {place(path, root) for path in files} == set(levels)
    assert misplaced(imports, root, levels) == []


def test_an_import_up_or_sideways_is_found() -> None:
    up = Import(SOURCE / "core" / "log.py", SOURCE / "tools" / "calls.py")
    sideways = Import(SOURCE / "core" / "log.py", SOURCE / "kernel" / "listener.py")
    down = Import(SOURCE / "tools" / "calls.py", SOURCE / "core" / "log.py")
    assert len(misplaced([up, sideways, down], SOURCE, LEVELS)) == 2


@pytest.mark.parametrize("imports", [PYTHON_IMPORTS, PAGE_IMPORTS], ids=["nbstream", "page"])
def test_no_imports_run_in_a_circle(imports: list[Import]) -> None:
    assert circles(imports) == []


def test_a_circle_of_imports_is_found() -> None:
    one, two, three = (SOURCE / name for name in ("a.py", "b.py", "c.py"))
    assert circles([Import(one, two), Import(two, three), Import(three, one)]) == [{one, two, three}]
    assert circles([Import(one, two), Import(two, three), Import(one, three)]) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_other_packages_are_imported_through_their_doors(path: Path) -> None:
    folder = place(path, SOURCE)
    for module in python_imports(path)[1]:
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names or folder in DOORS.get(top, set()), f"{path} imports {module}"
        if folder == "core":
            assert top in GROUND, f"{path} imports {module}"
    assert not re.search(r"sys\.modules[^\n]*nbstream\.\w|__import__\(", path.read_text()), (
        "a string hides an import"
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PAGE)))
def test_the_page_bundles_only_packages_with_a_reason(path: Path) -> None:
    for target in page_imports(path)[1]:
        assert target.startswith(PAGE_DOORS.get(place(path, PAGE), ())), f"{path} imports {target}"


def test_lazy_parts_travel_on_first_need() -> None:
    loader = PAGE / "lazy" / "loader.ts"
    for found in PAGE_IMPORTS:
        if found.target.is_relative_to(PAGE / "lazy") and not found.source.is_relative_to(PAGE / "lazy"):
            assert found.target == loader, f"{found.source} imports {found.target}"


def test_one_file_knows_the_model_object_and_nothing_parses_html() -> None:
    for path in PAGES:
        text = path.read_text()
        assert ("widget_manager" in text) == (path == PAGE / "transport" / "jupyter.ts"), path
        notebook = path.parent.name == "jupyterlab"
        assert notebook or ".toJSON" not in text, path
        # A list of the kernel's comms finds the notebook's chats, and tells whether a kernel is another one.
        assert notebook or path.name == "kernel-link.ts" or "requestCommInfo" not in text, path
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
    # The chat's own small module and the page's code are two halves of one thing and are tested together.
    stem = "widget" if inside.stem == "chat-model" else inside.stem
    assert (ROOT / "js" / "test" / inside.parent / f"{stem}.test.ts").exists()


PAGE_TEXT_FOLDERS = ("view", "batch", "entry", "transport", "lazy/move", "lazy/variables.ts")
"""The parts of the page's code whose texts the user sees. They all stand in `core/page-text.ts`."""

PAGE_WORDS_OF_PROGRAMS = {"Content-Type", "Last-Event-ID", "Enter", "Escape", "Files"}
"""Words that look like a text for people: keys, headers, and the type of a drop."""


def literals_for_people(source: str) -> list[str]:
    """Find the literals of a TypeScript file that read like words for people, and not like names of programs."""
    code = re.sub(r"/\*.*?\*/|^\s*//.*$|^import .*$|\bnew TypeError\(.*$", "", source, flags=re.M | re.S)
    found = []
    for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', code):
        text = re.sub(r"\$\{[^}]*\}", "", "".join(literal))
        is_name = re.search(r"nbstream-|\[nbstream\]|^[\w-]+$", text) and not re.match(r"[A-Z][a-z]+$", text)
        words = re.search(r"\b[A-Z][a-z]+\b|^[A-Za-z]+[ ,.…]|[a-z] [a-z]", text)
        if words and not is_name and text not in PAGE_WORDS_OF_PROGRAMS:
            found.append(text)
    return found


def test_every_text_of_the_page_stands_in_one_table() -> None:
    """A translation is then one file. `dom.ts` and `math-dom.ts` list names of elements."""
    texts = {
        f"{path.relative_to(PAGE)}: {text}"
        for path in PAGES
        if str(path.relative_to(PAGE)).startswith(PAGE_TEXT_FOLDERS) and path.name not in ("dom.ts", "math-dom.ts")
        for text in literals_for_people(path.read_text())
    }
    assert not texts, texts


def test_a_text_outside_the_table_is_found() -> None:
    source = """
    /** View of "Nothing at all". */
    import { button } from "../base/button.ts";
    button("Retry", act, { class: "nbstream-icon nbstream-retry" });
    setText(node, `about ${count} tokens`);
    setText(node, "the kernel has ended");
    box.addEventListener("keydown", ({ key }) => key === "Escape");
    """
    assert literals_for_people(source) == ["Retry", "about  tokens", "the kernel has ended"]


def test_the_public_names_are_exact() -> None:
    assert nbstream.__all__ == [
        "Batch",
        "Chat",
        "Comparison",
        "OutputError",
        "Price",
        "abandon_after",
        "chat",
        "compare",
        "demo",
        "explain",
        "last",
        "load",
        "map",
        "prices",
    ]
    for name in nbstream.__all__:
        assert hasattr(nbstream, name)
    assert set(nbstream.__all__) <= set(dir(nbstream))


def test_the_version_is_the_changelogs_latest() -> None:
    latest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert latest is not None
    assert latest.group(1) == nbstream.__version__


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
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


LONG_FILES = {
    "page-text.ts": "A translation is another version of one file.",
    "widget.py": "The reference of `Chat` is made from it: half of it are docstrings.",
    "safe_inline.py": "One pass over a line; its steps share their state.",
    "safe-inline.ts": "The twin of safe_inline.py.",
}
"""Files past 250 lines, each with the reason why a split would not make it clearer."""


def test_no_file_is_past_its_budget() -> None:
    """A file past 250 lines is split by meaning, or stands in the list with its reason."""
    long = {path.name for path in [*MODULES, *PAGES] if len(path.read_text().splitlines()) > 250}
    assert long <= LONG_FILES.keys()


def is_number(node: ast.expr) -> bool:
    """Return whether an expression is a number, an arithmetic of numbers, or a collection of numbers."""
    match node:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp():
            return is_number(node.operand)
        case ast.BinOp():
            return is_number(node.left) or is_number(node.right)
        case ast.Tuple() | ast.List() | ast.Set():
            return any(is_number(item) for item in node.elts)
        case ast.Dict():
            return any(is_number(value) for value in node.values)
    return False


def numeric_constants(source: str) -> list[str]:
    """Return the names of the numeric constants of a module, those that are assigned together too."""
    names: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and is_number(node.value):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None and is_number(node.value):
            targets = [node.target]
        else:
            continue
        names += [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return names


def test_every_numeric_constant_has_its_unit_in_its_name() -> None:
    names = {(path, name) for path in MODULES for name in numeric_constants(path.read_text())}
    wrong = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path, name in sorted(names)
        if not UNITS.search(name) and name not in NUMBERS_WITHOUT_UNIT
    ]
    assert not wrong, "\n".join(["Add the unit to the name (_SECONDS, _BYTES, MAX_… for a count):", *wrong])
    assert NUMBERS_WITHOUT_UNIT.keys() <= {name for _, name in names}, "a name in the list no longer exists"


def test_a_numeric_constant_is_found_in_every_form() -> None:
    source = (
        "A = 1\nB: float = 2.0\nC, D = 3, -4\nE = (5 * 2, 6)\nF = 2 * A\nG = {'a': 7}\nH = True\nI = 'x'\nJ = [K]"
    )
    assert numeric_constants(source) == ["A", "B", "C", "D", "E", "F", "G"]


def test_public_names_are_documented() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


PRIVATE_SDK_NAME = re.compile(r"\b(?:anthropic|AsyncAnthropic)\._(?!_)|\b(?:import|from) httpcore2|\._mounts\b")


def test_private_names_of_the_sdk_are_reached_for_in_one_module() -> None:
    users = {path.name for path in MODULES if PRIVATE_SDK_NAME.search(path.read_text())}
    assert users == {"sdk_internals.py"}
