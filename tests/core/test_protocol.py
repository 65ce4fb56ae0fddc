"""Properties of the frames. Their JSON is tested in `test_codec.py`."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import get_args

from nbstream.core.command_frames import Prompt
from nbstream.core.ops import Op, Status
from nbstream.core.protocol import ASSETS, VERSION, Frame

CORE = Path(__file__).parents[2] / "js" / "src" / "core"
TWIN = "".join((CORE / name).read_text() for name in ("protocol.ts", "variable-frames.ts"))


def test_every_frame_and_op_is_frozen_and_has_a_tag_of_its_own() -> None:
    for kinds in (get_args(Op), get_args(Frame)):
        assert all(dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen for kind in kinds)
        assert len({kind.tag for kind in kinds}) == len(kinds)


def test_the_page_knows_the_same_tags_statuses_assets_and_version() -> None:
    for kind in (*get_args(Op), *get_args(Frame)):
        assert f'"{kind.tag}"' in TWIN, kind
    for name in (*Status, *ASSETS):
        assert f'"{name}"' in TWIN, name
    assert re.search(rf"VERSION = {VERSION};", TWIN)


def test_no_frame_has_a_field_that_ipykernel_uses_itself() -> None:
    for kind in get_args(Frame):
        assert "id" not in {field.name for field in dataclasses.fields(kind)}
    assert "id" in (Prompt.__doc__ or "")
