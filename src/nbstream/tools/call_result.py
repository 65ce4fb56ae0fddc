"""Result of one tool call: the content for Claude, and facts for the pages that are never sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..content.blocks import Content
from ..core.block_info import block_info
from ..core.turn import Block
from .results import result_of, text_only

MAX_ERROR_CHARS = 2_000
"""Characters of an exception's text that go to Claude; they are enough to correct the call by."""

REFUSED_TEXT = "The user refused this call."

ResultState: TypeAlias = Literal["done", "failed", "refused"]


@dataclass(frozen=True)
class CallResult:
    """The result of one call, with facts about it that are never sent.

    Attributes:
        call: The API's id of the call.
        state: The call's final state; a stopped call has no result. The API only knows `is_error`.
        content: The content for Claude.
        preview: JSON for the pages beside the text; see `ToolResult`.
        error_type: The name of the exception's class where `content` is an exception's text.
    """

    call: str
    state: ResultState
    content: Content
    preview: Mapping[str, Any] = field(default_factory=dict)
    error_type: str | None = None

    def to_param(self) -> dict[str, Any]:
        """Return the block as the Messages API takes it."""
        failed = {} if self.state == "done" else {"is_error": True}
        return {"type": "tool_result", "tool_use_id": self.call, "content": self.content, **failed}


def describe_call_result(result: CallResult) -> Mapping[str, Any]:
    """Describe a result for pages that may see all of it."""
    return {**block_info(*Block.split(result.to_param())), **result.preview}


def failed_call_result(call: str, error: Exception) -> CallResult:
    """Make the result of a call that raised: the text that a `ToolError` has for Claude, or else the exception."""
    # Late: importing the SDK takes a second.
    from ..claude.client import tool_error_content

    text = _describe_error(error)
    written = tool_error_content(error)
    if written:
        # The API takes no error without a text.
        return CallResult(call, "failed", text_only(result_of(written).content) or text)
    return CallResult(call, "failed", text_only(result_of(text).content) or text, error_type=type(error).__name__)


def _describe_error(error: Exception) -> str:
    """Describe an exception in short: its class and its text, and of wrong arguments also their fault."""
    text = type(error).__name__
    # An exception's text is the user's code too.
    with suppress(Exception):
        cause = f" ({error.__cause__})" if isinstance(error, ValueError) and error.__cause__ is not None else ""
        text = f"{text}: {error}{cause}"
    return text if len(text) <= MAX_ERROR_CHARS else f"{text[:MAX_ERROR_CHARS]}…"
