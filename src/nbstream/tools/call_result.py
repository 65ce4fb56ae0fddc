"""Result of one tool call: the content for Claude, and facts that only the pages get."""

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
"""Length to which an exception's text is cut for Claude. It is enough for Claude to correct the call."""

REFUSED_TEXT = "The user refused this call."

ResultState: TypeAlias = Literal["done", "failed", "refused"]


@dataclass(frozen=True)
class CallResult:
    """The result of one call, with facts about the result that are never sent to the API.

    Attributes:
        call: The API's id of the call.
        state: The call's final state, of which the API only gets `is_error`. A stopped call has no result.
        content: The content for Claude.
        preview: JSON that the pages get beside the text; see `ToolResult`.
        error_type: The name of the exception's class if `content` is an exception's text.
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
    """Make the result of a call that raised an exception.

    Its text is the one that a `ToolError` has for Claude, or else a description of the exception.
    """
    # This import is not at the top of the file, because importing the SDK takes a second.
    from ..claude.client import tool_error_content

    text = _describe_error(error)
    written = tool_error_content(error)
    if written:
        # The API refuses an error without a text.
        return CallResult(call, "failed", text_only(result_of(written).content) or text)
    return CallResult(call, "failed", text_only(result_of(text).content) or text, error_type=type(error).__name__)


def _describe_error(error: Exception) -> str:
    """Describe an exception by its class and text; for wrong arguments the cause says which one is wrong."""
    text = type(error).__name__
    # Converting an exception to text runs the user's code, which may raise another exception.
    with suppress(Exception):
        cause = f" ({error.__cause__})" if isinstance(error, ValueError) and error.__cause__ is not None else ""
        text = f"{text}: {error}{cause}"
    return text if len(text) <= MAX_ERROR_CHARS else f"{text[:MAX_ERROR_CHARS]}…"
