"""The host of a process, told from fakes of its modules, its environment and its kernel."""

from __future__ import annotations

import asyncio
import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from IPython.core.displayhook import DisplayHook

from nbstream.kernel import host as module
from nbstream.kernel.cell_request import cell_id_of, request_type
from nbstream.kernel.host import Host, current_host, is_last_value
from nbstream.kernel.host_facts import AnswerDisplay, Channel, HostKind

PAGE = {"header": {"msg_type": "execute_request"}, "metadata": {"cellId": "c"}, "content": {"allow_stdin": True}}
# `getRuntimeMetadata` in `src/kernels/execution/cellExecution.ts` of microsoft/vscode-jupyter.
VS_CODE = {**PAGE, "metadata": {"cellId": "vscode-notebook-cell:/home/me/a.ipynb#W0sZmlsZQ%3D%3D"}}
CONSOLE = {"header": {"msg_type": "execute_request"}, "metadata": {}, "content": {"allow_stdin": True}}
NBCLIENT = {"header": {"msg_type": "execute_request"}, "metadata": {}, "content": {"allow_stdin": False}}
CLICK = {"header": {"msg_type": "comm_msg"}, "metadata": {}, "content": {"comm_id": "button"}}


class IpyKernel:
    """The parts of an ipykernel that the host looks at."""

    def __init__(self, parent: dict[str, Any] = PAGE) -> None:
        self.parent = parent
        self.session = SimpleNamespace(pid=os.getpid(), send=lambda *args, **more: self.sent.append((args, more)))
        self.sent: list[Any] = []
        self.iopub_socket = "iopub"
        self.io_loop = SimpleNamespace(add_callback=lambda action: action())
        self.shell = SimpleNamespace(kernel=self, events="events")
        self.control_stream = object()
        self.control_handlers: dict[str, Any] = {}
        self.shell_stream = SimpleNamespace(_recv_callback=print)

    def get_parent(self, channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return self.parent


class PyodideKernel:
    """JupyterLite's kernel, after pyodide_kernel 0.8.7, `kernel.py`: no loop, no shell, no channels."""

    def get_parent(self) -> dict[str, Any]:
        return self._parent_header  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process in which no host is known yet."""
    monkeypatch.setattr(module, "_host", None)
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    monkeypatch.delenv("VOILA_PREHEAT", raising=False)
    return monkeypatch


def run_in(process: pytest.MonkeyPatch, shell: object) -> None:
    process.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_a_script_and_a_prompt_of_ipython_are_terminals(process: pytest.MonkeyPatch) -> None:
    assert current_host().kind is HostKind.TERMINAL
    run_in(process, SimpleNamespace())
    host = current_host()
    assert (host.kind, host.request, host.events, host.call_on_main) == (
        HostKind.TERMINAL,
        {},
        None,
        None,
    )
    assert not host.has_cells
    assert not any(host.may_hear_by(channel) for channel in Channel)


@pytest.mark.parametrize(
    ("parent", "kind"),
    [
        (PAGE, HostKind.NOTEBOOK),
        (VS_CODE, HostKind.VS_CODE),
        (CONSOLE, HostKind.CONSOLE),
        (NBCLIENT, HostKind.HEADLESS),
    ],
    ids=["page", "VS Code", "console", "nbclient"],
)
def test_the_request_of_the_cell_tells_who_runs_it(
    process: pytest.MonkeyPatch, parent: dict[str, Any], kind: HostKind
) -> None:
    kernel = IpyKernel(parent)
    run_in(process, kernel.shell)
    host = current_host()
    assert host.kind is kind
    assert host.has_cells
    # A message without a cell, as a button's, changes nothing.
    kernel.parent = CLICK
    assert host.kind is kind
    assert current_host() is host


def test_a_console_whose_page_greets_is_a_notebook(process: pytest.MonkeyPatch) -> None:
    kernel = IpyKernel(CONSOLE)
    run_in(process, kernel.shell)
    host = current_host()
    assert host.facts.display is AnswerDisplay.WIDGET_OR_PRINTED
    host.page_greeted()
    assert host.kind is HostKind.NOTEBOOK
    kernel.parent = NBCLIENT
    assert host.kind is HostKind.HEADLESS


@pytest.mark.parametrize(("name", "value"), [("SERVER_SOFTWARE", "voila/0.5.8"), ("VOILA_PREHEAT", "True")])
def test_voila_is_known_by_its_environment(process: pytest.MonkeyPatch, name: str, value: str) -> None:
    run_in(process, IpyKernel(NBCLIENT).shell)
    process.setenv(name, value)
    host = current_host()
    assert host.kind is HostKind.VOILA
    assert host.is_before_pages
    host.page_greeted()
    assert (host.is_before_pages, host.kind) == (False, HostKind.VOILA)
    # Its server drops control messages, whatever the kernel could do.
    assert not host.may_hear_by(Channel.CONTROL)
    assert host.may_hear_by(Channel.INTERCEPTED_COMM)


def test_colab_is_known_by_its_shell(process: pytest.MonkeyPatch) -> None:
    """The class is that of google/colab/_shell.py in googlecolab/colabtools."""
    kernel = IpyKernel(CONSOLE)
    shell = type("Shell", (SimpleNamespace,), {"__module__": "google.colab._shell"})(kernel=kernel)
    run_in(process, shell)
    assert current_host().kind is HostKind.COLAB
    assert not current_host().facts.frames_from_threads


def test_marimo_stays_known_in_threads_that_do_not_know_it(process: pytest.MonkeyPatch) -> None:
    marimo = ModuleType("marimo")
    process.setitem(sys.modules, "marimo", marimo)
    marimo.running_in_notebook = lambda: False  # type: ignore[attr-defined]
    assert current_host().kind is HostKind.TERMINAL
    marimo.running_in_notebook = lambda: True  # type: ignore[attr-defined]
    host = current_host()
    assert host.kind is HostKind.MARIMO
    marimo.running_in_notebook = lambda: False  # type: ignore[attr-defined]
    assert current_host() is host


@pytest.mark.anyio
async def test_the_loop_of_marimo_is_called_where_it_is_on_the_main_thread() -> None:
    called = asyncio.Event()
    in_edit_mode = Host(HostKind.MARIMO)
    assert in_edit_mode.call_on_main is not None
    in_edit_mode.call_on_main(called.set)
    await called.wait()
    assert (await asyncio.to_thread(Host, HostKind.MARIMO)).call_on_main is None


def test_marimo_shows_a_widget_itself_and_other_hosts_are_shown_outputs(process: pytest.MonkeyPatch) -> None:
    assert Host(HostKind.MARIMO).call_on_main is None
    shown: list[object] = []
    process.setattr(module, "append_output", shown.append)
    for kind in HostKind:
        Host(kind).append_output(kind)
    assert shown == [HostKind.MARIMO]


@pytest.mark.anyio
async def test_the_kernel_of_jupyterlite_lacks_a_loop_a_shell_and_channels(process: pytest.MonkeyPatch) -> None:
    kernel = PyodideKernel()
    shell = SimpleNamespace(kernel=kernel, events="events")
    run_in(process, shell)
    process.setattr(sys, "platform", "emscripten")
    host = current_host()
    assert (host.kind, host.events, host.has_threads) == (HostKind.PYODIDE, "events", False)
    assert host.request == {}
    kernel._parent_header = PAGE  # type: ignore[attr-defined]
    assert cell_id_of(host.request) == "c"
    assert [channel for channel in Channel if host.may_hear_by(channel)] == [Channel.COMM]
    called = asyncio.Event()
    assert host.call_on_main is not None
    host.call_on_main(called.set)
    await called.wait()


def test_a_fork_of_a_kernel_is_a_terminal(process: pytest.MonkeyPatch) -> None:
    kernel = IpyKernel()
    run_in(process, kernel.shell)
    parents = current_host()
    assert parents.kind is HostKind.NOTEBOOK
    kernel.session.pid = os.getpid() + 1
    assert current_host().kind is HostKind.TERMINAL


def test_an_ipykernel_has_its_loop_its_events_and_all_channels() -> None:
    kernel = IpyKernel()
    host = Host(HostKind.NOTEBOOK, kernel)
    called: list[int] = []
    assert host.call_on_main is not None
    host.call_on_main(lambda: called.append(1))
    assert called == [1]
    assert host.events == "events"
    assert [channel for channel in Channel if not host.may_hear_by(channel)] == [Channel.BROADCAST]
    del kernel.control_stream, kernel.shell_stream
    assert [channel for channel in Channel if host.may_hear_by(channel)] == [Channel.COMM]


def test_an_output_is_sent_to_the_cell_of_another_request() -> None:
    kernel = IpyKernel()
    Host(HostKind.NOTEBOOK, kernel).publish("display_data", {"text/plain": "x"}, {}, "id", at=PAGE)
    [(args, more)] = kernel.sent
    assert args[1:] == (
        "display_data",
        {"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": "id"}},
    )
    assert more["parent"] is PAGE


def test_the_last_value_of_a_cell_is_known_by_the_hook_that_shows_it(process: pytest.MonkeyPatch) -> None:
    shown: list[bool] = []

    class Value:
        def _ipython_display_(self) -> None:
            shown.append(is_last_value())

    Value()._ipython_display_()
    do_nothing = dict.fromkeys(
        (
            "check_for_underscore",
            "quiet",
            "start_displayhook",
            "write_output_prompt",
            "update_user_ns",
            "fill_exec_result",
            "finish_displayhook",
        ),
        lambda *_: None,
    )
    show = lambda value: value._ipython_display_() or ({}, {})  # noqa: E731
    DisplayHook.__call__(SimpleNamespace(**do_nothing, compute_format_data=show), Value())
    assert shown == [False, True]
    process.delitem(sys.modules, "IPython.core.displayhook")
    assert not is_last_value()


def test_a_message_without_its_parts_has_neither_type_nor_cell() -> None:
    assert (request_type({}), cell_id_of({})) == ("", "")
    assert (request_type(CLICK), cell_id_of(PAGE)) == ("comm_msg", "c")
