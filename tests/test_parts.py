"""What pages fetch later: they get what they want, and nothing else can be wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbstream.core.protocol import PARTS, VERSION, Stop
from nbstream.core.wire import to_wire
from nbstream.parts import Shelf


def now(function: Callable[..., object], *args: Any) -> None:
    """Do at once what is posted."""
    function(*args)


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def shelf(tmp_path: Path, sent: list[dict[str, Any]]) -> Shelf:
    for part in PARTS:
        (tmp_path / f"{part}.js").write_text(f"export default '{part} \N{SNAKE}'", "utf-8")
    (tmp_path / "secret.js").write_text("a secret")
    return Shelf(tmp_path, now, sent.append)


def want(part: object) -> dict[str, object]:
    return {"v": VERSION, "kind": "want", "page": "p", "part": part}


@pytest.mark.parametrize("part", PARTS)
def test_a_page_gets_the_part_that_it_wants(shelf: Shelf, sent: list[dict[str, Any]], part: str) -> None:
    shelf.hear(want(part))
    source = f"export default '{part} \N{SNAKE}'"
    assert sent == [{"v": VERSION, "kind": "part", "part": part, "source": source, "to": "p"}]


@pytest.mark.parametrize("part", ["secret", "../secret", "code.js", "", "/etc/passwd", "CODE", None, ["code"], 0])
def test_what_is_no_part_is_refused(shelf: Shelf, sent: list[dict[str, Any]], part: object) -> None:
    shelf.hear(want(part))
    assert sent == []


def test_other_frames_are_not_for_the_shelf(shelf: Shelf, sent: list[dict[str, Any]]) -> None:
    shelf.hear(to_wire(Stop("p", "t2")))
    shelf.hear("want")
    assert sent == []


def test_a_part_that_is_not_there_is_a_warning_and_no_more(
    shelf: Shelf, sent: list[dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "math.js").unlink()
    with caplog.at_level(logging.WARNING, "nbstream"):
        shelf.hear(want("math"))
    assert sent == []
    assert "'math' could not be sent" in caplog.text
