"""The comms of this process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import comm
import pytest
from jupyter_client.session import Session

from nbstream.kernel.comms import open_comms, register_comm_target, send_without_parent


def test_open_comms_are_listed_and_targets_are_registered() -> None:
    manager = comm.get_comm_manager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(manager.comms, "1" * 32, object())
        assert "1" * 32 in open_comms()
        opened: list[object] = []
        register_comm_target("test.target", lambda link, _: opened.append(link))
        target = manager.targets.pop("test.target")
        assert callable(target)
        target("a comm", {})
        assert opened == ["a comm"]


def test_without_the_package_of_comms_none_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "comm")
    assert open_comms() == set()


def test_a_message_without_a_parent_reaches_the_page_as_any_other_of_the_comm() -> None:
    sent: list[tuple[Any, ...]] = []
    session = Session(key=b"key")

    def send(*message: Any, **named: Any) -> None:
        sent.append((*message, named))

    kernel = SimpleNamespace(session=SimpleNamespace(send=send), iopub_socket="iopub")
    link = SimpleNamespace(kernel=kernel, comm_id="c1", topic=b"comm-c1")
    assert send_without_parent(link, {"v": 1})
    [(socket, type_, content, named)] = sent
    assert (socket, named) == ("iopub", {"ident": b"comm-c1"})
    message = session.msg(type_, content)
    assert (message["msg_type"], message["parent_header"], message["metadata"]) == ("comm_msg", {}, {})
    assert message["content"] == {"data": {"method": "custom", "content": {"v": 1}}, "comm_id": "c1"}


def test_without_a_kernel_nothing_is_sent() -> None:
    assert not send_without_parent(SimpleNamespace(comm_id="c1"), {})
    assert not send_without_parent(None, {})
