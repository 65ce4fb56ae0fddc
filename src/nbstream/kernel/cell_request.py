"""Request of a front end that runs a cell: its type, its cell, and the kind of host that sends such requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .host_facts import HostKind

Request = Mapping[str, Any]
"""A message of the front end, with its `header`, `metadata` and `content`."""

CELL_REQUEST = "execute_request"
"""The type of the message that runs a cell."""

VS_CODE_CELL = "vscode-notebook-cell:"
"""The beginning of a cell's id in VS Code."""


def request_type(request: Request) -> str:
    """Return a message's type; the empty string if it has none."""
    return str(request.get("header", {}).get("msg_type") or "")


def cell_id_of(request: Request) -> str:
    """Return the id of the cell that a request runs; empty where the host does not send it."""
    return str(request.get("metadata", {}).get("cellId") or "")


def kind_of_cell(request: Request) -> HostKind:
    """Return who runs a cell: a page sends its id or allows it to ask for input, and nbclient does neither."""
    if cell := cell_id_of(request):
        return HostKind.VS_CODE if cell.startswith(VS_CODE_CELL) else HostKind.NOTEBOOK
    return HostKind.HEADLESS if request.get("content", {}).get("allow_stdin") is False else HostKind.CONSOLE
