"""Content blocks and messages in the shape of the Messages API, checked before anything is sent.

Text and content blocks are sent as they are, and other values are refused with advice. Images, tables and files
are converted by a function that the caller passes; `attachments.py` has that function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.short_repr import short_repr

Param = dict[str, Any]
"""A content block as the Messages API takes it."""

Content = str | list[Param]


@dataclass(frozen=True)
class ContentBlock:
    """A content block for the API, with facts about the block that are never sent to the API.

    Attributes:
        param: The block as the Messages API takes it.
        is_table: The text is Markdown that nbstream made of a data frame, so a page may show it as a table.
        name: The name of the file that the image came from; the API's form of an image has no field for it.
    """

    param: Param
    is_table: bool = False
    name: str = ""


Convert = Callable[[object, str], list[ContentBlock] | None]
"""A function that converts a value to content blocks, or returns `None` for a kind of value that it does not know.
Its second argument is the name of the value in errors."""

ACCEPTED = (
    "a prompt is text, an image, a figure, a table, an exception, the bytes or the path of an image, a PDF or a "
    "text file, or a list of these and of content blocks as the Messages API takes them"
)


def as_content(prompt: object) -> Content:
    """Check a user's message that may contain only text and content blocks.

    Args:
        prompt: Text, or a list of texts and content blocks (`{"type": …, …}`).

    Returns:
        The text, or a list of content blocks.

    Raises:
        TypeError: A part of the message is neither text nor a content block.
        ValueError: There is nothing to send.
    """
    blocks = as_content_blocks(prompt)
    return prompt if isinstance(prompt, str) else [block.param for block in blocks]


def as_content_blocks(prompt: object, convert: Convert | None = None) -> list[ContentBlock]:
    """Make the content blocks of a user's message.

    Args:
        prompt: Text, a value that `convert` knows, or a list of these and of content blocks (`{"type": …, …}`).
        convert: Makes content blocks of values that are neither text nor a content block.

    Raises:
        TypeError: A part of the message is none of these.
        ValueError: There is nothing to send.
    """
    if isinstance(prompt, str):
        if not prompt.strip():
            raise ValueError(f"The prompt is empty ({short_repr(prompt, 20)}); write a question.")
        return [ContentBlock({"type": "text", "text": prompt})]
    converted = convert(prompt, "The prompt") if convert is not None else None
    if converted is not None:
        return converted
    if not isinstance(prompt, list | tuple):
        raise TypeError(f"The prompt is {_describe_type(prompt)}; {ACCEPTED}.")
    if not prompt:
        raise ValueError("The prompt is an empty list; put text or content blocks into it.")
    blocks = []
    for index, part in enumerate(prompt):
        # `convert` is tried first: the SDK's blocks are recognised by their method `to_dict`, and a data frame has
        # a method of that name too.
        converted = convert(part, f"Part {index} of the prompt") if convert is not None else None
        blocks += [ContentBlock(_as_param(part, index))] if converted is None else converted
    return blocks


def as_list(values: object, name: str, accepted: str) -> list[Any]:
    """Convert an iterable that a user passed to a list, and refuse texts, bytes and mappings.

    Args:
        values: The value that was passed.
        name: The parameter's name, for the error.
        accepted: A description of the values that the parameter takes, for the error.

    Raises:
        TypeError: `values` is not iterable, or is a text, bytes or a mapping.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"{name} is {_describe_type(values)}; pass {accepted}.")
    return list(values)


def as_texts(values: object, name: str, accepted: str, item: str) -> list[str]:
    """Convert an iterable of texts that a user passed to a list, and refuse blank ones.

    Args:
        values: The value that was passed.
        name: The parameter's name, for the error.
        accepted: As for `as_list`.
        item: A description of one of the texts, for the error.

    Raises:
        TypeError: `values` is no list of texts.
        ValueError: One of them is blank.
    """
    listed = as_list(values, name, accepted)
    for index, text in enumerate(listed):
        if not isinstance(text, str):
            raise TypeError(f"{name}[{index}] is {short_repr(text, 60)}; give {item}.")
        if not text.strip():
            raise ValueError(f"{name}[{index}] is blank; give {item}, or leave it out.")
    return listed


def as_messages(messages: Iterable[object]) -> list[dict[str, Any]]:
    """Check that earlier turns have the form that the Messages API takes.

    Raises:
        TypeError: `messages` is not a list, or a message in it does not have a role and content.
        ValueError: The role of a message is not one that the Messages API has at this place.
    """
    turns = as_list(messages, "messages", 'a list of turns, as in [{"role": "user", "content": …}]')
    checked: list[dict[str, Any]] = []
    for index, message in enumerate(turns):
        where = f"messages[{index}]"
        if not isinstance(message, Mapping) or not {"role", "content"} <= set(message):
            raise TypeError(f'{where} is {_describe_type(message)}; a message is {{"role": …, "content": …}}.')
        if message["role"] not in (("user", "assistant", "system") if checked else ("user", "assistant")):
            raise ValueError(
                f'{where} has the role {short_repr(message["role"], 60)}; it is "user", "assistant", or "system" '
                "after other turns, and the system prompt goes into system=."
            )
        content = message["content"]
        if isinstance(content, Mapping) or not isinstance(content, Iterable):
            raise TypeError(
                f"The content of {where} is {_describe_type(content)}; it is text, or a list of content blocks."
            )
        if not isinstance(content, str):
            content = [_as_param(part, number, where) for number, part in enumerate(content)]
        checked.append({"role": message["role"], "content": content})
    return checked


def _as_param(part: object, index: int, where: str = "the prompt") -> Param:
    if isinstance(part, str):
        if not part.strip():
            raise ValueError(f"Part {index} of {where} is empty ({short_repr(part, 20)}); leave it out.")
        return {"type": "text", "text": part}
    # The SDK's own blocks, which `message.content` contains, have `to_dict`.
    if hasattr(part, "to_dict"):
        part = part.to_dict()
    if isinstance(part, Mapping) and isinstance(part.get("type"), str):
        return dict(part)
    raise TypeError(f"Part {index} of {where} is {_describe_type(part)}; {ACCEPTED}.")


def _describe_type(value: object) -> str:
    return f"{type(value).__name__}: {short_repr(value, 60)}" if value is not None else "None"
