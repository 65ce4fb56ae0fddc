"""The comms of this process."""

from __future__ import annotations

import comm
import pytest

from nbstream.kernel.comms import open_comms, register_comm_target


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
