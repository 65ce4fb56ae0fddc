"""The page of the wire names each request, event and frame with exactly the fields that it has."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from nbstream.core.ops import Op
from nbstream.core.protocol import Frame
from nbstream.server.http.request_body import BODY_FIELDS

ROOT = Path(__file__).parents[1]
SECTIONS = dict(
    re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", (ROOT / "docs/reference/wire.md").read_text(), re.M | re.S)
)
FIELD = re.compile(r"\*\*`(\w+)`\*\*")

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
    assert {key for event in events if "op" not in event for key in event} == described_fields("Events")
