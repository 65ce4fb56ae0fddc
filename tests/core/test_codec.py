"""The frames on the wire, by the fixture that the page's tests read too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.codec import from_wire, op_from_wire, to_wire
from nbstream.core.ops import Status, TextAdded
from nbstream.core.protocol import Ack, File, Prompt, ProtocolError, Update

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "frames.json").read_text())


def named(key: str) -> list[Any]:
    return [pytest.param(entry["wire"], id=entry["name"]) for entry in FIXTURE[key]]


@pytest.mark.parametrize("wire", named("frames"))
def test_a_frame_reads_and_writes_as_the_fixture_has_it(wire: dict[str, Any]) -> None:
    written = to_wire(from_wire(wire))
    # What is at its default may be left out; what is left out reads the same.
    assert from_wire(written) == from_wire(wire)
    assert written.items() <= wire.items()


@pytest.mark.parametrize("wire", named("not_frames"))
def test_what_is_no_frame_is_refused_with_a_reason(wire: object) -> None:
    with pytest.raises(ProtocolError, match=r"\w+"):
        from_wire(wire)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.dictionaries(st.text(), s))
)
def test_no_json_at_all_gets_past_the_guard_by_another_error(wire: object) -> None:
    with pytest.raises(ProtocolError):
        from_wire(wire)


@given(st.sampled_from([entry["wire"] for entry in FIXTURE["frames"]]), st.data())
def test_a_damaged_frame_is_refused_or_still_a_frame(wire: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(wire)))
    damaged = {**wire, key: data.draw(st.none() | st.integers() | st.text() | st.lists(st.text()))}
    try:
        frame = from_wire(damaged)
    except ProtocolError:
        return
    assert from_wire(to_wire(frame)) == frame


def test_what_came_in_can_always_travel() -> None:
    half = "a\ud800"
    fields = {"page": half, "key": half, "text": half, "files": [{"name": half, "data": half}], "edits": half}
    frame = from_wire({"v": 1, "kind": "prompt", **fields})
    assert frame == Prompt("a\ufffd", "a\ufffd", "a\ufffd", (File("a\ufffd", "a\ufffd"),), "a\ufffd")


def test_an_op_comes_as_it_is_or_its_place_would_not() -> None:
    halves = "a\ud83d\ude00"
    assert op_from_wire({"op": "text", "text": halves}) == TextAdded(halves)


def test_a_state_comes_back_as_a_state() -> None:
    frame = from_wire(next(e["wire"] for e in FIXTURE["frames"] if e["name"] == "the first turns"))
    assert isinstance(frame, Update)
    assert frame.ops[-1].status is Status.WAITING  # type: ignore[union-attr]


def test_defaults_cost_no_bytes() -> None:
    assert to_wire(Ack("p", 3)) == {"v": 1, "kind": "ack", "page": "p", "seq": 3}
    wire = to_wire(Update(0, 2, 0.0, (TextAdded("hi"),)))
    assert wire == {"v": 1, "kind": "update", "base": 0, "seq": 2, "ops": [{"op": "text", "text": "hi"}]}


def test_clocks_are_sent_in_milliseconds() -> None:
    assert to_wire(Update(0, 0, 7457.719880793))["now"] == 7457.72
