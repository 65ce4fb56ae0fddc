"""A call that failed inside the operator's tools, as its reader elsewhere sees it."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.content import previews
from nbstream.server.streams.redaction import show
from nbstream.tools.calls import REFUSED

FAILED = {"tool_use_id": "c1", "is_error": True}
SECRET = "[Errno 2] No such file or directory: '/srv/secret/db.sqlite'"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"FileNotFoundError: {SECRET}", "The tool failed: FileNotFoundError."),
        ("RuntimeError", "The tool failed: RuntimeError."),
        # What a tool's author has written for Claude.
        (SECRET, "The tool failed."),
        ("hunter2: the password is wrong", "The tool failed."),
        ([{"type": "text", "text": SECRET}], "The tool failed."),
        (None, "The tool failed."),
        (REFUSED, REFUSED),
    ],
)
@pytest.mark.parametrize("type_", ["tool_result", "mcp_tool_result"])
def test_of_a_call_that_failed_only_the_kind_is_shown(type_: str, content: Any, said: str) -> None:
    assert show(type_, {**FAILED, "content": content}) == {"call": "c1", "error": True, "text": said}


@pytest.mark.parametrize(
    ("type_", "param", "text"),
    [
        ("tool_result", {"tool_use_id": "c1", "content": "4"}, ""),
        ("tool_use", {"id": "c1", "name": "add"}, "{}"),
        ("text", {}, "| a |\n| - |\n| 1 |"),
    ],
)
def test_all_else_is_shown_as_everywhere(type_: str, param: dict[str, Any], text: str) -> None:
    assert show(type_, param, text) == previews.show(type_, param, text)
