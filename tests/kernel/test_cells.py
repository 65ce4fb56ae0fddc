"""Tests of the requests of cells; `test_calls_in_kernels.py` has a button in real kernels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import comm
import pytest

from nbstream.kernel import cells
from nbstream.kernel.cells import Cells, cells_of, remember_cells
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind


def request(name: str, kind: str = "execute_request", **content: Any) -> dict[str, Any]:
    return {"header": {"msg_type": kind, "msg_id": name}, "content": content}


class FakeKernel:
    """A kernel whose cells a test runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.comms: dict[str, object] = {}
        manager = SimpleNamespace(comms=self.comms)
        monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
        self.callbacks: dict[str, list[Callable[..., None]]] = defaultdict(list)
        register = lambda name, callback: self.callbacks[name].append(callback)  # noqa: E731
        self.shell = SimpleNamespace(events=SimpleNamespace(register=register))
        self.parent: dict[str, Any] = request("first")
        self.host = Host(HostKind.NOTEBOOK, self)

    def get_parent(self, channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return self.parent

    def run_cell(self, name: str, *made: str) -> None:
        self.parent = request(name)
        for callback in self.callbacks["pre_run_cell"]:
            callback("info")
        self.comms.update(dict.fromkeys(made))
        for callback in self.callbacks["post_run_cell"]:
            callback("result")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    return FakeKernel(monkeypatch)


def name_of(found: Any) -> str:
    return str(found["header"]["msg_id"])


def test_a_cell_and_an_unknown_message_show_their_own_output(kernel: FakeKernel) -> None:
    known = Cells(kernel.host)
    for parent in (request("now"), {}, {"content": {}}):
        assert known.request_for(parent) is parent


def test_a_button_shows_its_output_under_the_cell_that_made_it(kernel: FakeKernel) -> None:
    known = Cells(kernel.host)
    kernel.run_cell("one", "button")
    kernel.run_cell("two", "slider")
    assert name_of(known.request_for(request("click", "comm_msg", comm_id="button"))) == "one"
    assert name_of(known.request_for(request("click", "comm_msg", comm_id="slider"))) == "two"
    assert name_of(known.request_for(request("click", "comm_msg", comm_id="older"))) == "two"
    del kernel.comms["button"]
    kernel.run_cell("three")
    assert name_of(known.request_for(request("click", "comm_msg", comm_id="button"))) == "three"


def test_the_cell_that_imports_nbstream_counts(kernel: FakeKernel) -> None:
    assert name_of(Cells(kernel.host).request_for(request("click", "comm_msg", comm_id="button"))) == "first"


def test_without_any_cell_there_is_no_place(kernel: FakeKernel) -> None:
    kernel.parent = request("click", "comm_msg", comm_id="button")
    assert Cells(kernel.host).request_for(kernel.parent) is None


def test_an_output_widget_takes_what_is_shown_within_it(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Cells(kernel.host)
    click = request("click", "comm_msg", comm_id="button")
    module = SimpleNamespace(
        _instances={"button": SimpleNamespace(), "output": SimpleNamespace(msg_id="click", model_id="o")}
    )
    monkeypatch.setitem(cells.sys.modules, "ipywidgets.widgets.widget", module)
    assert known.request_for(click) is click


def test_a_kernel_without_events_still_has_its_present_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = SimpleNamespace(get_parent=lambda _: request("only"))
    assert name_of(Cells(Host(HostKind.NOTEBOOK, bare)).request_for(request("click", "comm_msg"))) == "only"


def test_each_kernel_is_watched_once(kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_cells", None)
    monkeypatch.setattr(cells, "current_host", lambda: Host(HostKind.TERMINAL))
    remember_cells()
    assert cells._cells is None
    monkeypatch.setattr(cells, "current_host", lambda: kernel.host)
    remember_cells()
    known = cells._cells
    assert cells_of(kernel.host) is known
    assert len(kernel.callbacks["pre_run_cell"]) == 1
