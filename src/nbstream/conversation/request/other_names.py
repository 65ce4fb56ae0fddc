"""Names of arguments that callers know from other places, and the words to write instead."""

from __future__ import annotations

from collections.abc import Mapping

CHAT_ARGUMENTS = frozenset(
    {"approve", "budget", "client", "file", "max_rounds", "messages", "stall_timeout", "suggestions"}
)
"""Arguments of `nbstream.chat` that hold for all messages of a chat."""

CLIENT_ARGUMENTS = frozenset(
    {"api_key", "auth_token", "base_url", "default_headers", "http_client", "max_retries", "region", "aws_region"}
)
"""Arguments of the SDK's clients."""

NOTHING_ALIKE = frozenset({"frequency_penalty", "logit_bias", "logprobs", "n", "presence_penalty", "seed"})
"""Fields of other APIs to which nothing in the Messages API corresponds."""

_OTHER_NAMES: Mapping[str, str] = {
    "budget_tokens": 'thinking={"type": "enabled", "budget_tokens": …}',
    "function_call": "tool_choice=…",
    "functions": "tools=[…]",
    "headers": "extra_headers={…}",
    "history": "messages=[…]",
    "instructions": "system=…",
    "max_completion_tokens": "max_tokens=…",
    "max_new_tokens": "max_tokens=…",
    "max_output_tokens": "max_tokens=…",
    "reasoning": "thinking=… or effort=…",
    "reasoning_effort": "effort=…",
    "response_format": "output=…",
    "response_model": "output=…",
    "stop": "stop_sequences=[…]",
    "system_prompt": "system=…",
    "thinking_budget": 'thinking={"type": "enabled", "budget_tokens": …}',
    "user": 'metadata={"user_id": …}',
}


def check_name(name: str) -> None:
    """Refuse a name that is no field of a request, with the words to write instead.

    The error never has the value of the argument, because the value may be a key.

    Raises:
        TypeError: The name belongs to the whole chat, to a client, or to another API.
    """
    if name in CHAT_ARGUMENTS:
        raise TypeError(f"{name} belongs to the whole chat and not to one message: nbstream.chat(…, {name}=…).")
    if name in CLIENT_ARGUMENTS:
        raise TypeError(f"{name} belongs to the client: client=anthropic.AsyncAnthropic({name}=…).")
    if name in _OTHER_NAMES:
        raise TypeError(f"The Messages API takes no {name}; write {_OTHER_NAMES[name]}.")
    if name in NOTHING_ALIKE:
        raise TypeError(f"The Messages API takes no {name}, and nothing like it; leave {name} out.")
