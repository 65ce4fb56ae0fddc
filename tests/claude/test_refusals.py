"""Refusals of one field, in the words of several servers."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude.refusals import named_fields

REQUEST = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")
SENT = ("thinking", "cache_control", "container")


def refusal(status: int, body: Any, message: str = "…") -> anthropic.APIStatusError:
    return anthropic.APIStatusError(message, response=httpx2.Response(status, request=REQUEST), body=body)


def claude_error(message: str, kind: str = "invalid_request_error", status: int = 400) -> anthropic.APIStatusError:
    return refusal(status, {"type": "error", "error": {"type": kind, "message": message}})


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (claude_error("adaptive thinking is not supported on this model"), {"thinking"}),
        (claude_error("thinking.type: Input should be 'enabled'"), {"thinking"}),
        (claude_error("cache_control: Extra inputs are not permitted"), {"cache_control"}),
        (claude_error("container: Container expired", status=404, kind="not_found_error"), {"container"}),
        (claude_error("thinking: not here", status=200), {"thinking"}),
        (
            refusal(422, {"detail": [{"loc": ["body", "thinking"], "msg": "Extra inputs are not permitted"}]}),
            {"thinking"},
        ),
        (refusal(400, "Unknown fields: Thinking, cache_control"), {"thinking", "cache_control"}),
        (refusal(400, None, "unknown field thinking"), {"thinking"}),
        # An error about a turn, about something that is missing, about another field, or of another kind.
        (claude_error("messages.1.content.0.thinking.signature: Field required"), set()),
        (claude_error("container_id is required when there are pending tool uses"), set()),
        (claude_error("max_tokens: 99 > 9"), set()),
        (claude_error("thinking is overloaded", kind="overloaded_error", status=529), set()),
        (anthropic.APIConnectionError(message="thinking", request=REQUEST), set()),
    ],
)
def test_the_field_is_found_wherever_a_server_names_it(error: Exception, named: set[str]) -> None:
    assert named_fields(error, SENT) == named
