"""The user's own code: which files and cells it is in, and its source without secrets."""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
from functools import cache, lru_cache
from pathlib import Path

from ..variables.namespace import ipython_shell
from .source_secrets import redact_source

MAX_SOURCE_CHARS = 400_000
"""The longest source that is searched for secrets, which takes a second. No line of a longer one is sent."""

_OWN_PACKAGE = str(Path(__file__).resolve().parents[1])
_SITE_PACKAGES = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_PROMPT = re.compile(r"<(?:ipython-input|python-input|stdin|doctest|console)")


def is_own(filename: str) -> bool:
    """Tell whether code is the user's: of a cell, of a prompt, or of a file outside of all libraries."""
    if filename.startswith("<"):
        # Libraries generate code under such names too, some of them with a source.
        return _PROMPT.match(filename) is not None
    return is_cell(filename) or (library_of_file(filename) is None and os.path.exists(filename))


def is_cell(filename: str) -> bool:
    """Tell whether a source was entered and read from no file."""
    if filename in _cell_numbers() or filename.startswith("<"):
        return True
    # A source that was entered has no time of change. JupyterLab's debugger writes cells to files, so IPython's
    # numbers of the cells come first.
    entry = linecache.cache.get(filename, ())
    return len(entry) == 4 and entry[1] is None and not os.path.exists(filename)


def place_of(filename: str) -> str:
    """Return the name of a cell or a file as the user knows it, without the folders above the kernel's."""
    if (number := _cell_numbers().get(filename)) is not None:
        return f"Cell In[{number}]"
    if is_cell(filename):
        return "Input" if filename.startswith("<") else "Cell"
    try:
        return str(Path(filename).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return Path(filename).name


@lru_cache(maxsize=1_000)
def library_of_file(filename: str) -> str | None:
    """Return the package whose code is in a file, "Python" for its standard library, `None` for the user's own."""
    path = os.path.realpath(filename)
    if path.startswith(_OWN_PACKAGE + os.sep):
        return "nbstream"
    if len(parts := _SITE_PACKAGES.split(path)) > 1:
        return re.split(r"[/\\.]", parts[-1], maxsplit=1)[0]
    return "Python" if any(path.startswith(folder + os.sep) for folder in _library_folders()) else None


def lines_of(filename: str) -> list[str]:
    """Return the lines of a source without secrets; an empty list if the source is not known or is too long."""
    linecache.checkcache(filename)
    source = "".join(linecache.getlines(filename))
    if len(source) > MAX_SOURCE_CHARS:
        return []
    # The whole source is searched before lines of it are taken, because a secret may have several lines.
    return redact_source(source).split("\n") if source else []


def _cell_numbers() -> dict[str, int]:
    """Return the execution counts of IPython's cells by the names of their sources."""
    numbers = getattr(getattr(ipython_shell(), "compile", None), "_filename_map", None)
    return numbers if isinstance(numbers, dict) else {}


@cache
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"], os.path.dirname(os.__file__)}
    return tuple(sorted(os.path.realpath(folder) for folder in folders))
