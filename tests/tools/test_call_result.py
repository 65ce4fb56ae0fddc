"""Tests of the result of a call: the block for Claude, and the facts that travel beside it."""

from __future__ import annotations

from anthropic.lib.tools import ToolError

from nbstream.tools.call_result import REFUSED_TEXT, CallResult, describe_call_result, failed_call_result


def test_only_a_done_call_is_no_error_for_the_api() -> None:
    done, refused = CallResult("c1", "done", "4"), CallResult("c1", "refused", REFUSED_TEXT)
    assert done.to_param() == {"type": "tool_result", "tool_use_id": "c1", "content": "4"}
    assert refused.to_param() == {**done.to_param(), "content": REFUSED_TEXT, "is_error": True}


def test_the_preview_goes_to_pages_and_not_to_the_api() -> None:
    result = CallResult("c1", "done", [{"type": "text", "text": "| a |"}], {"markdown": True})
    assert describe_call_result(result) == {"call": "c1", "text": "| a |", "markdown": True}
    assert set(result.to_param()) == {"type", "tool_use_id", "content"}


def test_the_class_of_an_exception_travels_beside_its_text() -> None:
    failed = failed_call_result("c1", KeyError("secret"))
    assert (failed.content, failed.error_type) == ("KeyError: 'secret'", "KeyError")
    assert set(failed.to_param()) == {"type", "tool_use_id", "content", "is_error"}


def test_the_text_of_a_tool_error_is_its_authors_and_has_no_class() -> None:
    assert failed_call_result("c1", ToolError("try 7")).content == "try 7"
    assert failed_call_result("c1", ToolError("try 7")).error_type is None
