"""Refusals of one field, in the words of several servers."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude.failures.refusals import is_lasting, named_fields

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
        (claude_error("messages.1.content.0: When `thinking` is enabled, a final assistant …"), {"thinking"}),
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


@pytest.mark.parametrize(
    ("words", "lasting"),
    [
        ("adaptive thinking is not supported on this model", True),
        ("This model doesn't support thinking", True),
        ("cache_control: Extra inputs are not permitted", True),
        ("Unknown fields: thinking", True),
        ("thinking.type: Input tag 'adaptive' found using 'type' does not match", True),
        ("Thinking may not be enabled when tool_choice forces tool use.", False),
        ("A maximum of 4 blocks with cache_control may be provided. Found 5.", False),
        ("When `thinking` is enabled, a final `assistant` message must start with a thinking block", False),
    ],
)
def test_a_refusal_lasts_where_the_field_is_never_taken(words: str, lasting: bool) -> None:
    assert is_lasting(claude_error(words)) is lasting
    assert named_fields(claude_error(words), SENT)
    assert not is_lasting(ValueError(words))
