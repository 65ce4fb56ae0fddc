"""Content of the file that `chat.save` writes, by the suffix of its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...claude.usage import UsageMeter
from ...core.transcript import Transcript
from .saved_chat import chat_json


def check_suffix(path: Path) -> None:
    """Refuse a suffix of which `chat_text` writes no file.

    Raises:
        ValueError: The suffix is none of `.md`, `.html` and `.json`.
    """
    if path.suffix.lower() not in (".md", ".html", ".json"):
        raise ValueError(
            f"{path.name!r} is not a name that chat.save takes; give one that ends in .md or .html, for the text, "
            "or in .json, for all of the conversation."
        )


def chat_text(
    path: Path,
    transcript: Transcript,
    defaults: Mapping[str, Any],
    meters: Iterable[UsageMeter],
    models: Sequence[str] = (),
) -> str:
    """Return the text of the file.

    Args:
        path: The path, whose suffix `check_suffix` has accepted.
        transcript: The conversation.
        defaults: The fields that every request sends.
        meters: The tokens and costs of all replies.
        models: The names of the models that the user can choose from.

    Raises:
        ImportError: The file is one in HTML, and markdown-it-py is not installed.
    """
    if path.suffix.lower() == ".md":
        from ...core.saved.saved_output import to_markdown

        return to_markdown(transcript.turns)
    if path.suffix.lower() == ".html":
        from .html_file import to_html

        return to_html(transcript.turns, path.stem)
    return chat_json(transcript, defaults, meters, models)
