"""Frames as JSON; the page's tests read the same fixture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.codec import from_wire, op_from_wire, to_wire
from nbstream.core.command_frames import File, Prompt
from nbstream.core.ops import Status, TextAdded
from nbstream.core.protocol import Ack, ProtocolError, Update

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "frames.json").read_text())


def cases(key: str) -> list[Any]:
    return [pytest.param(entry["wire"], id=entry["name"]) for entry in FIXTURE[key]]


@pytest.mark.parametrize("wire", cases("frames"))
def test_a_frame_is_decoded_and_encoded_as_in_the_fixture(wire: dict[str, Any]) -> None:
    written = to_wire(from_wire(wire))
    # Fields with their default value may be left out, and decode to the default.
    assert from_wire(written) == from_wire(wire)
    assert written.items() <= wire.items()


@pytest.mark.parametrize("wire", cases("not_frames"))
def test_other_data_is_rejected_with_a_reason(wire: object) -> None:
    with pytest.raises(ProtocolError, match=r"\w+"):
        from_wire(wire)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.dictionaries(st.text(), s))
)
def test_any_other_json_raises_no_other_error(wire: object) -> None:
    with pytest.raises(ProtocolError):
        from_wire(wire)


@given(st.sampled_from([entry["wire"] for entry in FIXTURE["frames"]]), st.data())
def test_a_damaged_frame_is_rejected_or_still_a_frame(wire: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(wire)))
    damaged = {**wire, key: data.draw(st.none() | st.integers() | st.text() | st.lists(st.text()))}
    try:
        frame = from_wire(damaged)
    except ProtocolError:
        return
    assert from_wire(to_wire(frame)) == frame


def test_the_text_of_a_frame_can_always_be_encoded() -> None:
    half = "a\ud800"
    fields = {"page": half, "key": half, "text": half, "files": [{"name": half, "data": half}], "edits": half}
    frame = from_wire({"v": 1, "kind": "prompt", **fields})
    assert frame == Prompt("a\ufffd", "a\ufffd", "a\ufffd", (File("a\ufffd", "a\ufffd"),), "a\ufffd")


def test_the_text_of_an_op_is_unchanged_so_that_positions_stay_the_same() -> None:
    halves = "a\ud83d\ude00"
    assert op_from_wire({"op": "text", "text": halves}) == TextAdded(halves)


def test_a_status_is_decoded_to_the_enum() -> None:
    frame = from_wire(next(e["wire"] for e in FIXTURE["frames"] if e["name"] == "the first turns"))
    assert isinstance(frame, Update)
    assert frame.ops[-1].status is Status.WAITING  # type: ignore[union-attr]


def test_defaults_cost_no_bytes() -> None:
    assert to_wire(Ack("p", 3)) == {"v": 1, "kind": "ack", "page": "p", "seq": 3}
    wire = to_wire(Update(0, 2, 0.0, (TextAdded("hi"),)))
    assert wire == {"v": 1, "kind": "update", "base": 0, "seq": 2, "ops": [{"op": "text", "text": "hi"}]}


def test_times_are_rounded_to_milliseconds() -> None:
    assert to_wire(Update(0, 0, 7457.719880793))["now"] == 7457.72


def test_unknown_fields_of_a_frame_are_ignored() -> None:
    assert from_wire({"v": 1, "kind": "ack", "page": "p", "seq": 3, "later": True}) == Ack("p", 3)
