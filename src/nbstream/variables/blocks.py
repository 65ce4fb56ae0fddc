"""Content blocks of a variable's value, as a user sends it with a message."""

from __future__ import annotations

import re

from ..content.attachments import prompt_to_blocks
from ..content.blocks import ContentBlock
from .value_type import describe_type

MAX_VALUE_CHARS = 20_000
"""The most characters of a value that goes as its `repr`, as for a table."""

_BACKTICKS = re.compile("`+")


def variable_blocks(name: str, value: object) -> list[ContentBlock]:
    """Make the content blocks of a variable's value.

    Images, figures, tables, files and exceptions go as `chat.ask([value])` sends them. Other values go as text:
    the type, the shape and the `repr`. This runs the user's code, so call it on the main thread.

    Raises:
        ValueError: Claude takes nothing of this kind or size, or the value has no `repr`.
    """
    try:
        blocks = prompt_to_blocks(value, f"The variable {name}")
    except ValueError:
        if not describe_type(value).startswith("numpy.ndarray"):
            raise
        # An array may be numbers or a picture. In a message from the page, it is numbers unless it is clearly one.
        blocks = None
    if blocks is not None:
        return blocks
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception as error:
        raise ValueError(f"The variable {name} cannot be written as text: {error!r:.200}") from error
    if not isinstance(value, str) and len(text) > MAX_VALUE_CHARS:
        text = f"{text[:MAX_VALUE_CHARS]}\n… {len(text) - MAX_VALUE_CHARS:,} characters left out"
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    # The page shows the variable as Markdown and offers no editing of it, as for a table.
    shown = f"`{name}`, {describe_type(value)}:\n\n{fence}\n{text}\n{fence}"
    return [ContentBlock({"type": "text", "text": shown}, is_table=True)]
