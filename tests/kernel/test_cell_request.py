"""What the request of a front end tells about its cell."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.kernel.cell_request import cell_id_of, kind_of_cell, request_type
from nbstream.kernel.host_facts import HostKind

RUN: dict[str, Any] = {
    "header": {"msg_type": "execute_request"},
    "metadata": {"cellId": "c"},
    "content": {"allow_stdin": True},
}


def test_a_request_has_a_type_and_a_cell_where_the_host_sends_them() -> None:
    assert (request_type(RUN), cell_id_of(RUN)) == ("execute_request", "c")
    assert (request_type({}), cell_id_of({})) == ("", "")


@pytest.mark.parametrize(
    ("cell", "allows_input", "kind"),
    [
        ("c", True, HostKind.NOTEBOOK),
        ("c", False, HostKind.NOTEBOOK),
        ("vscode-notebook-cell:/a.ipynb#W0", True, HostKind.VS_CODE),
        ("", True, HostKind.CONSOLE),
        ("", None, HostKind.CONSOLE),
        ("", False, HostKind.HEADLESS),
    ],
)
def test_a_cells_id_or_its_missing_input_tells_who_runs_it(
    cell: str, allows_input: bool | None, kind: HostKind
) -> None:
    content = {} if allows_input is None else {"allow_stdin": allows_input}
    assert kind_of_cell({"metadata": {"cellId": cell}, "content": content}) is kind
