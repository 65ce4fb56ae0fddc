"""Redaction of failed tool calls. Readers over HTTP do not see the error texts of the operator's tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from ...content import previews
from ...tools.call_result import CallResult, describe_call_result


def redacted_block_info(type_: str, param: Mapping[str, Any], text: str = "") -> dict[str, Any]:
    """Describe a block for a page, without the error's text if the block is a failed call on another server.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: The block's text, if that is known from the start.

    Returns:
        The description in JSON types, as `previews.describe` builds it.
    """
    if type_.endswith("tool_result") and param.get("is_error"):
        param = {**param, "content": "The tool failed."}
    return previews.describe(type_, param, text)


def redacted_call_result(result: CallResult) -> Mapping[str, Any]:
    """Describe the result of a call for a page. If the call failed, give only the class of the exception.

    The exception's text may name files, hosts and queries that only the operator may see. Claude gets the text, so
    that it can correct the call.
    """
    match result.state:
        case "failed":
            reason = "The tool failed." if result.error_type is None else f"The tool failed: {result.error_type}."
            return describe_call_result(replace(result, content=reason))
        case "done" | "refused":
            return describe_call_result(result)
        case _:
            assert_never(result.state)
