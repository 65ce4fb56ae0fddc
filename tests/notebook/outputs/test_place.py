"""The name of an output: which cell shows it, and whether a widget took it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs import place as module
from nbstream.notebook.outputs.place import Place

REQUEST = {"header": {"msg_type": "execute_request", "msg_id": "m1"}}


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    shell = SimpleNamespace(execution_count=3)
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    return shell


def place_in(request: dict[str, Any]) -> Place:
    return Place.here(Host(HostKind.NOTEBOOK, SimpleNamespace(get_parent=lambda _: request)))


def test_an_output_has_a_name_of_its_own_and_knows_its_cell(shell: SimpleNamespace) -> None:
    one, other = place_in(REQUEST), place_in({})
    assert one.display_id != other.display_id
    assert (one.shown_in, one.cell_number, one.message_id, one.cell) == (3, 3, "m1", REQUEST)
    assert (other.message_id, other.captured_by, other.has_view) == ("", "", True)
    shell.history_manager = SimpleNamespace(input_hist_parsed=["", "1", "2"])
    assert place_in(REQUEST).cell_number == 2


@pytest.mark.usefixtures("shell")
def test_outputs_that_a_widget_took_during_one_message_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    free = place_in(REQUEST)
    assert not free.is_captured_with(place_in(REQUEST))
    monkeypatch.setattr(module, "capturing_widget", lambda _: "out")
    taken = place_in(REQUEST)
    assert taken.is_captured_with(place_in(REQUEST))
    assert not taken.is_captured_with(free)
    assert not taken.is_captured_with(place_in({"header": {"msg_id": "m2"}}))
