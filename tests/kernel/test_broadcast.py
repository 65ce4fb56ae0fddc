"""Tests of channels of the browser, with fakes of the two modules by which Pyodide gives access to JavaScript.

`tests/browser/hosts/test_jupyterlite.py` has the real ones.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from nbstream.kernel import broadcast
from nbstream.kernel.broadcast import BroadcastReceiver
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.kernel.listener import PageListener


class Channel:
    """A channel of the browser."""

    by_name: ClassVar[dict[str, Channel]] = {}

    def __init__(self, name: str) -> None:
        self.by_name[name] = self
        self.onmessage: Any = None

    def say(self, data: object) -> None:
        self.onmessage(SimpleNamespace(data=SimpleNamespace(to_py=lambda: data)))

    def close(self) -> None:
        self.onmessage = None


class Proxy:
    """What `pyodide.ffi.create_proxy` returns."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.is_destroyed = False

    def __call__(self, event: object) -> None:
        self._function(event)

    def destroy(self) -> None:
        self.is_destroyed = True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    js, ffi = ModuleType("js"), ModuleType("pyodide.ffi")
    js.BroadcastChannel = SimpleNamespace(new=Channel)  # type: ignore[attr-defined]
    ffi.create_proxy = Proxy  # type: ignore[attr-defined]
    for name, module in {"js": js, "pyodide": ModuleType("pyodide"), "pyodide.ffi": ffi}.items():
        monkeypatch.setitem(sys.modules, name, module)
    return js


def test_messages_arrive_until_the_receiver_is_closed(browser: ModuleType) -> None:
    heard: list[object] = []
    receiver = BroadcastReceiver("broadcast:chat", heard.append)
    channel = Channel.by_name["broadcast:chat"]
    proxy = channel.onmessage
    channel.say({"kind": "stop"})
    assert heard == [{"kind": "stop"}]
    receiver.close()
    assert channel.onmessage is None
    assert proxy.is_destroyed


def test_a_kernel_in_a_browser_hears_each_chat_on_a_channel_of_its_own(
    browser: ModuleType,
) -> None:
    host = Host(HostKind.PYODIDE, SimpleNamespace())
    listener = PageListener(host)
    heard: list[object] = []
    assert listener.address_of("key") == "broadcast:key"
    listener.subscribe("key", "comm", lambda frame, via: heard.append((frame, via)))
    Channel.by_name["broadcast:key"].say({"kind": "stop", "page": "p"})
    assert heard == [({"kind": "stop", "page": "p"}, "control")]
    assert listener.was_listening(1.0)
    listener.unsubscribe("key", "comm")
    assert Channel.by_name["broadcast:key"].onmessage is None


def test_only_a_browser_has_such_channels(browser: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broadcast.is_supported()
    del browser.BroadcastChannel  # type: ignore[attr-defined]
    assert not broadcast.is_supported()
    monkeypatch.setitem(sys.modules, "js", None)
    assert not broadcast.is_supported()
