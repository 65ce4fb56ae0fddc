"""The page's code as a model that all chats share, and the assets that a page requests later."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbstream.core.codec import to_wire
from nbstream.core.command_frames import Stop
from nbstream.core.protocol import ASSETS, VERSION
from nbstream.notebook.assets import STATIC, AssetServer, PageCode


def now(function: Callable[..., object], *args: Any) -> None:
    """Call the posted function at once."""
    function(*args)


class FakeListener:
    """A listener that knows its open addresses."""

    def __init__(self, *, has_control: bool) -> None:
        self._has_control = has_control
        self.by_address: dict[str, Callable[[object], None]] = {}

    def address_of(self, key: str) -> str:
        return key if self._has_control else ""

    def subscribe(self, address: str, comm_id: str, hear: Callable[[object], None]) -> None:
        self.by_address[address] = hear

    def unsubscribe(self, address: str, comm_id: str) -> None:
        del self.by_address[address]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    import ipywidgets

    yield
    ipywidgets.Widget.close_all()


def sent_by(code: PageCode, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], threading.Event]:
    """Return the list of frames that a model sends, and an event that is set when it sends one."""
    sent: list[dict[str, Any]] = []
    came = threading.Event()

    def send(data: dict[str, Any], **_: object) -> None:
        sent.append(data["content"])
        came.set()

    monkeypatch.setattr(code, "_send", send)
    return sent, came


WANT = {"v": 1, "kind": "request_asset", "page": "p", "asset": "math"}


def test_a_page_that_requests_an_asset_by_the_comm_gets_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    code = PageCode(None, now, lambda send: send)
    sent, came = sent_by(code, monkeypatch)
    code._handle_custom_msg(WANT, [])
    assert came.wait(5)
    assert (sent[0]["asset"], sent[0]["to"]) == ("math", "p")
    assert sent[0]["source"] == (STATIC / "math.js").read_text("utf-8")


def test_a_page_that_requests_an_asset_by_the_control_channel_gets_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = FakeListener(has_control=True)
    code = PageCode(listener, now, lambda send: send)  # type: ignore[arg-type]
    sent, came = sent_by(code, monkeypatch)
    listener.by_address[code._address](WANT)
    assert came.wait(5)
    assert sent[0]["asset"] == "math"
    code.close()
    assert listener.by_address == {}


def test_without_a_control_channel_no_page_gets_an_address() -> None:
    assert PageCode(FakeListener(has_control=False), now, lambda send: send)._address == ""  # type: ignore[arg-type]


def test_assets_are_not_in_the_state_that_every_page_gets() -> None:
    state = json.dumps(PageCode(None, now, lambda send: send).get_state(drop_defaults=True), default=repr)
    assert "math.js" not in state
    assert (STATIC / "math.js").read_text("utf-8")[:200] not in state


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def shelf(tmp_path: Path, sent: list[dict[str, Any]]) -> AssetServer:
    for part in ASSETS:
        (tmp_path / f"{part}.js").write_text(f"export default '{part} \N{SNAKE}'", "utf-8")
    (tmp_path / "secret.js").write_text("a secret")
    return AssetServer(tmp_path, now, sent.append)


def want(part: object) -> dict[str, object]:
    return {"v": VERSION, "kind": "request_asset", "page": "p", "asset": part}


@pytest.mark.parametrize("part", ASSETS)
def test_a_page_gets_the_asset_that_it_requests(shelf: AssetServer, sent: list[dict[str, Any]], part: str) -> None:
    shelf.receive(want(part))
    source = f"export default '{part} \N{SNAKE}'"
    assert sent == [{"v": VERSION, "kind": "asset", "asset": part, "source": source, "to": "p"}]


@pytest.mark.parametrize("part", ["secret", "../secret", "code.js", "", "/etc/passwd", "CODE", None, ["code"], 0])
def test_an_unknown_asset_is_refused(shelf: AssetServer, sent: list[dict[str, Any]], part: object) -> None:
    shelf.receive(want(part))
    assert sent == []


def test_other_frames_are_ignored_by_the_asset_server(shelf: AssetServer, sent: list[dict[str, Any]]) -> None:
    shelf.receive(to_wire(Stop("p", "t2")))
    shelf.receive("want")
    assert sent == []


def test_a_missing_asset_is_a_warning_and_no_more(
    shelf: AssetServer, sent: list[dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "math.js").unlink()
    with caplog.at_level(logging.WARNING, "nbstream"):
        shelf.receive(want("math"))
    assert sent == []
    assert "'math' could not be sent" in caplog.text
