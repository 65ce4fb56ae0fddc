"""Message of a cell whose code holds the prompt: its chat does not repeat what stands right above it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...content.message import UserMessage
from ...content.previews import TABLE_PREVIEW
from ...kernel.host import Host, current_host

IN_CELL = "in_cell"
"""The key of a preview by which pages know that the text stands in the cell above."""

MAX_SHOWN_CHARS = 500
"""The most characters of a question that stand above a comparison: about five lines of a page."""


def mark_if_in_cell(message: UserMessage, prompt: Any, host: Host | None = None) -> UserMessage:
    """Mark a message for pages if the running cell shows its text, word for word.

    Args:
        message: The message.
        prompt: The prompt from which the message was made.
        host: The host whose cell is running; by default the one of this process.

    Returns:
        The message with the mark, or as it was.
    """
    text = prompt[0] if isinstance(prompt, list) and len(prompt) == 1 else prompt
    code = (host or current_host()).cell_code
    return mark_in_cell(message) if isinstance(text, str) and is_in_code(text, code) else message


def mark_in_cell(message: UserMessage) -> UserMessage:
    """Return a message whose text pages leave out, because the user sees it above the chat."""
    return replace(message, previews=[{**preview, IN_CELL: True} for preview in message.previews])


def is_marked(message: UserMessage) -> bool:
    """Return whether pages leave out the text of a message."""
    return all(preview.get(IN_CELL) for preview in message.previews)


def shown_text(message: UserMessage) -> str:
    """Return the texts of a message, and the names of its tables and other parts; a long one is cut."""
    named = zip(message.blocks, message.previews, strict=True)
    text = " · ".join(_name_of(block, preview) for block, preview in named)
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"


def _name_of(block: Mapping[str, Any], preview: Mapping[str, Any]) -> str:
    text = str(block.get("text") or preview.get("name") or block["type"])
    # The first line of a table has its kind and its size, and then its columns in brackets.
    return text.split("\n", 1)[0].split(" (", 1)[0] if preview.items() >= TABLE_PREVIEW.items() else text


def is_in_code(prompt: str, code: str) -> bool:
    """Return whether the code of a cell has the prompt as an argument of a call, or as the text of `%%chat`.

    Of the items of a list, the user could not tell which one the chat has answered.
    """
    if code.startswith("%%chat"):
        return prompt.strip() in code
    # IPython takes lines of its own beside Python's, and the prompt is in none of them.
    python = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.split("\n"))
    try:
        with warnings.catch_warnings():
            # IPython has shown the cell's warnings already.
            warnings.simplefilter("ignore")
            tree = ast.parse(python)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = [value for call in calls for value in (*call.args, *[keyword.value for keyword in call.keywords])]
    return any(_only_text(value) == prompt for value in given)


def _only_text(value: ast.expr) -> str | None:
    """Return the text of a string, or of a list of one string."""
    if isinstance(value, ast.List) and len(value.elts) == 1:
        [value] = value.elts
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
