"""What a reader passes in, checked before anything is sent: it is sent as it is, or refused with advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Content = str | list[dict[str, Any]]

ACCEPTED = "a prompt is text, or a list of texts and content blocks as the Messages API takes them"


def as_content(prompt: object) -> Content:
    """The content of a user's message.

    Args:
        prompt: Text, or a list of texts and of content blocks (`{"type": …, …}`).

    Returns:
        The text, or a list of content blocks.

    Raises:
        TypeError: Something in it is neither.
        ValueError: There is nothing to send.
    """
    if isinstance(prompt, str):
        if not prompt.strip():
            raise ValueError(f"The prompt is empty ({prompt!r}); ask something.")
        return prompt
    if not isinstance(prompt, list | tuple):
        raise TypeError(f"{ACCEPTED}; this is {_kind(prompt)}.")
    blocks = [_as_block(part, index) for index, part in enumerate(prompt)]
    if not blocks:
        raise ValueError("The prompt is an empty list; ask something.")
    return blocks


def as_messages(messages: Iterable[object]) -> list[dict[str, Any]]:
    """Earlier turns, checked for the shape that the Messages API takes.

    Raises:
        TypeError: A message is not a role with content.
        ValueError: A role is neither `"user"` nor `"assistant"`.
    """
    checked = []
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if not isinstance(message, Mapping) or not {"role", "content"} <= set(message):
            raise TypeError(f'{where} is {_kind(message)}; a message is {{"role": …, "content": …}}.')
        if message["role"] not in ("user", "assistant"):
            raise ValueError(
                f'{where} has the role {message["role"]!r}; it is "user" or "assistant", '
                "and the system prompt goes into system=."
            )
        content = message["content"]
        if isinstance(content, Mapping) or not isinstance(content, Iterable):
            raise TypeError(
                f"The content of {where} is {_kind(content)}; it is text, or a list of content blocks."
            )
        if not isinstance(content, str):
            content = [_as_block(part, number, where) for number, part in enumerate(content)]
        checked.append({"role": message["role"], "content": content})
    return checked


def _as_block(part: object, index: int, where: str = "the prompt") -> dict[str, Any]:
    if isinstance(part, str):
        if not part.strip():
            raise ValueError(f"Part {index} of {where} is empty ({part!r}); leave it out.")
        return {"type": "text", "text": part}
    # The SDK's own blocks, as `message.content` holds them.
    if hasattr(part, "to_dict"):
        part = part.to_dict()
    if isinstance(part, Mapping) and isinstance(part.get("type"), str):
        return dict(part)
    raise TypeError(f"Part {index} of {where} is {_kind(part)}; {ACCEPTED}.")


def _kind(value: object) -> str:
    return f"{type(value).__name__}: {value!r:.60}" if value is not None else "None"
