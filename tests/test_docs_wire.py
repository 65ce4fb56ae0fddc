"""The page of the wire names each request, event and frame with exactly the fields that it has."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from claude_server import ClaudeServer
from web_server import run_web_server

from nbstream.core.ops import Op
from nbstream.core.protocol import Frame
from nbstream.server.http.request_body import BODY_FIELDS

ROOT = Path(__file__).parents[1]
SECTIONS = dict(
    re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", (ROOT / "docs/reference/wire.md").read_text(), re.M | re.S)
)
FIELD = re.compile(r"\*\*`(\w+)`\*\*")

FIRST_EVENT = {"stream", "now", "resume_for"}

OPS: list[Any] = list(get_args(Op))
FRAMES: list[Any] = list(get_args(Frame))


def fields_by_tag(section: str) -> dict[str, set[str]]:
    """Return the fields of each row of a section that begins with a tag."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", SECTIONS[section], re.M)
    return {tag: set(FIELD.findall(fields)) for tag, fields in rows}


def described_fields(section: str) -> set[str]:
    """Return the fields of a section that have a row of their own."""
    return set(re.findall(r"^\| \*\*`(\w+)`\*\* \|", SECTIONS[section], re.M))


@pytest.mark.parametrize(("section", "kinds"), [("Events", OPS), ("Frames", FRAMES)], ids=["events", "frames"])
def test_each_event_and_frame_is_there_with_exactly_its_fields(section: str, kinds: list[Any]) -> None:
    described = fields_by_tag(section)
    described.pop("kind", None)
    described.pop("op", None)
    assert described == {kind.tag: {field.name for field in dataclasses.fields(kind)} for kind in kinds}


def test_each_field_of_a_question_is_there() -> None:
    assert described_fields("Requests") == set(BODY_FIELDS)


def test_each_key_under_which_text_comes_is_there() -> None:
    cases = json.loads((ROOT / "tests/fixtures/sse_events.json").read_text())
    events = [event for case in cases for _, event in case["events"]]
    keys = {key for event in events if "op" not in event for key in event}
    assert keys == described_fields("Events") - FIRST_EVENT


def test_the_first_event_of_a_stream_has_the_fields_that_are_there(claude: ClaudeServer) -> None:
    with run_web_server(claude, "wire", {"text": "Yes.", "rate": None}) as port:
        read = httpx.post(f"http://127.0.0.1:{port}/api/stream", json={"prompt": "Hi"}, timeout=30).text
    first = next(line for line in read.splitlines() if line.startswith("data: "))
    assert json.loads(first.removeprefix("data: ")).keys() == FIRST_EVENT
    assert described_fields("Events") >= FIRST_EVENT
