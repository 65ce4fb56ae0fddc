"""What a reader passes in, checked before anything is sent: it is sent as it is, or refused with advice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Content = str | list[dict[str, Any]]

Convert = Callable[[object, str], list[dict[str, Any]] | None]
"""Makes content blocks of a value, named by the text for errors; gives `None` if it is nothing it knows."""

ACCEPTED = (
    "a prompt is text, an image, a figure, a table, the bytes or the path of a PNG, JPEG, GIF, WebP, PDF or text "
    "file, or a list of these and of content blocks as the Messages API takes them"
)


def as_content(prompt: object, convert: Convert | None = None) -> Content:
    """The content of a user's message.

    Args:
        prompt: Text, something that `convert` knows, or a list of these and of content blocks (`{"type": …, …}`).
        convert: Makes content blocks of what is neither text nor a block.

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
        converted = convert(prompt, "The prompt") if convert is not None else None
        if converted is None:
            raise TypeError(f"{ACCEPTED}; this is {_kind(prompt)}.")
        return converted
    if not prompt:
        raise ValueError("The prompt is an empty list; ask something.")
    blocks = []
    for index, part in enumerate(prompt):
        # First of all: a table, too, has what the SDK's blocks are known by.
        converted = convert(part, f"Part {index} of the prompt") if convert is not None else None
        blocks += [_as_block(part, index)] if converted is None else converted
    return blocks


def as_list(things: object, name: str, accepted: str) -> list[Any]:
    """What is passed as a list, or anything else that gives one thing after the other and is not one thing itself.

    Args:
        things: What was passed.
        name: The parameter's name, for the error.
        accepted: What it takes, for the error.

    Raises:
        TypeError: It is no list.
    """
    if isinstance(things, str | bytes | Mapping) or not isinstance(things, Iterable):
        raise TypeError(f"{name} is {_kind(things)}; pass {accepted}.")
    return list(things)


def as_messages(messages: Iterable[object]) -> list[dict[str, Any]]:
    """Earlier turns, checked for the shape that the Messages API takes.

    Raises:
        TypeError: These are no messages, or one is not a role with content.
        ValueError: A role is neither `"user"` nor `"assistant"`.
    """
    turns = as_list(messages, "messages", 'a list of turns, as in [{"role": "user", "content": …}]')
    checked = []
    for index, message in enumerate(turns):
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
