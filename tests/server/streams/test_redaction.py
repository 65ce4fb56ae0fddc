"""Redaction of a call that failed inside the operator's tools."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.content import previews
from nbstream.server.streams.redaction import redacted_block_info, redacted_call_result
from nbstream.tools.call_result import REFUSED_TEXT, CallResult

SECRET = "[Errno 2] No such file or directory: '/srv/secret/db.sqlite'"


@pytest.mark.parametrize(
    ("content", "error_type", "text"),
    [
        (f"FileNotFoundError: {SECRET}", "FileNotFoundError", "The tool failed: FileNotFoundError."),
        ("RuntimeError", "RuntimeError", "The tool failed: RuntimeError."),
        # A message that the tool's author wrote for Claude.
        (SECRET, None, "The tool failed."),
        ("hunter2: the password is wrong", None, "The tool failed."),
        ("FileNotFoundError: hunter2", None, "The tool failed."),
        ([{"type": "text", "text": SECRET}], None, "The tool failed."),
        (REFUSED_TEXT, None, "The tool failed."),
    ],
)
def test_a_failed_call_shows_only_the_class_of_its_exception(
    content: Any, error_type: str | None, text: str
) -> None:
    result = CallResult("c1", "failed", content, error_type=error_type)
    assert redacted_call_result(result) == {"call": "c1", "error": True, "text": text}


def test_a_refused_call_and_a_result_are_shown_whole() -> None:
    refused = CallResult("c1", "refused", REFUSED_TEXT)
    assert redacted_call_result(refused) == {"call": "c1", "error": True, "text": REFUSED_TEXT}
    done = CallResult("c1", "done", "4", {"markdown": True})
    assert redacted_call_result(done) == {"call": "c1", "text": "4", "markdown": True}


@pytest.mark.parametrize("content", [f"FileNotFoundError: {SECRET}", [{"type": "text", "text": SECRET}], None])
@pytest.mark.parametrize("type_", ["tool_result", "mcp_tool_result"])
def test_nothing_is_shown_of_an_error_from_elsewhere(type_: str, content: Any) -> None:
    param = {"tool_use_id": "c1", "is_error": True, "content": content}
    assert redacted_block_info(type_, param) == {"call": "c1", "error": True, "text": "The tool failed."}


@pytest.mark.parametrize(
    ("type_", "param", "text"),
    [
        ("tool_result", {"tool_use_id": "c1", "content": "4"}, ""),
        ("tool_use", {"id": "c1", "name": "add"}, "{}"),
        ("text", {}, "| a |\n| - |\n| 1 |"),
    ],
)
def test_other_blocks_are_described_as_in_a_notebook(type_: str, param: dict[str, Any], text: str) -> None:
    assert redacted_block_info(type_, param, text) == previews.describe(type_, param, text)
