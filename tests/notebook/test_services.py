"""The services of one process: made once, and again where they cannot be used any more."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from nbstream.kernel import event_loop
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook import services as services_module
from nbstream.notebook.services import KernelServices, kernel_services


@pytest.fixture
def services() -> Iterator[KernelServices]:
    import ipywidgets

    made = KernelServices(Host(HostKind.TERMINAL))
    yield made
    made.loop.close()  # type: ignore[union-attr]
    ipywidgets.Widget.close_all()


def test_a_process_has_one_object_with_its_services() -> None:
    assert kernel_services() is kernel_services()


def test_threads_that_make_the_first_chats_at_once_share_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_module, "_services", None)
    barrier = threading.Barrier(4)

    host = Host(HostKind.TERMINAL)

    def current_host() -> Host:
        barrier.wait(5)
        return host

    monkeypatch.setattr(services_module, "current_host", current_host)
    with ThreadPoolExecutor(4) as pool:
        made = {id(each.result(5)) for each in [pool.submit(kernel_services) for _ in range(4)]}
    assert len(made) == 1


def test_a_script_has_neither_listener_nor_interrupts(services: KernelServices) -> None:
    assert services.listener is services.interrupts is None
    assert services.address_of("key") == ""


def test_there_is_one_loop_and_another_after_its_end(services: KernelServices) -> None:
    first = services.loop
    assert services.loop is first
    first.call(lambda: None)
    first.close()  # type: ignore[union-attr]
    assert services.loop is not first


def test_a_forked_child_gets_a_loop_of_its_own(services: KernelServices, monkeypatch: pytest.MonkeyPatch) -> None:
    first = services.loop
    monkeypatch.setattr(event_loop.os, "getpid", lambda: first.pid + 1)
    second = services.loop
    assert second is not first
    first.close()  # type: ignore[union-attr]
    assert not first.loop.is_closed()
    monkeypatch.undo()
    first.close()  # type: ignore[union-attr]
    monkeypatch.setattr(event_loop.os, "getpid", lambda: second.pid)
    second.close()  # type: ignore[union-attr]


def test_the_kernel_of_a_parent_does_not_belong_to_its_forked_child(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.getpid()
    kernel = SimpleNamespace(session=SimpleNamespace(pid=pid))
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    )
    monkeypatch.setattr(services_module, "_services", None)
    parents = kernel_services()
    assert parents.host.kernel is kernel
    assert kernel_services() is parents
    monkeypatch.setattr(event_loop.os, "getpid", lambda: pid + 1)
    childs = kernel_services()
    assert childs is not parents
    assert childs.host.kind is HostKind.TERMINAL
    assert kernel_services() is childs


def test_all_chats_get_the_same_page_code_and_a_new_one_after_all_widgets_were_closed(
    services: KernelServices,
) -> None:
    first = services.page_code_for_chat()
    assert services.page_code_for_chat() is first
    first.close()
    assert services.page_code_for_chat() is not first
