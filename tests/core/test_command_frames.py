"""Frames with the user's commands. Their JSON is tested in `test_codec.py`."""

from __future__ import annotations

import dataclasses
from typing import get_args

from nbstream.core.command_frames import Command, QueueCommand, TurnCommand
from nbstream.core.protocol import Frame


def test_every_command_is_a_frame_of_a_page() -> None:
    assert set(get_args(Command)) < set(get_args(Frame))
    for command in get_args(Command):
        assert next(iter(dataclasses.fields(command))).name == "page", command


def test_a_command_that_takes_effect_once_has_a_key() -> None:
    fields = {kind.tag: {field.name for field in dataclasses.fields(kind)} for kind in get_args(Command)}
    keyless = {tag for tag, names in fields.items() if "key" not in names}
    assert keyless == {"stop", "approve"}


def test_commands_of_one_shape_differ_in_their_tags() -> None:
    for shape in (TurnCommand, QueueCommand):
        kinds = [kind for kind in get_args(Command) if issubclass(kind, shape)]
        assert len({kind.tag for kind in kinds}) == len(kinds) > 1
