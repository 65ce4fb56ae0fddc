"""Text of the file that `chat.save` writes, by the suffix of its name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.saved.saved_output import to_markdown
from ..core.transcript import Transcript
from ..core.turn import Turn
from .html_file import to_html

FORMAT_VERSION = 1
"""The version of the JSON file. A change that older readers would misunderstand raises it."""

_REQUEST_FIELDS = ("model", "system")
"""The fields of the requests that belong to the conversation. Others, such as headers, may hold keys."""


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


def chat_text(path: Path, transcript: Transcript, defaults: Mapping[str, Any], cost_usd: float | None) -> str:
    """Return the text of the file.

    Args:
        path: The path, whose suffix `check_suffix` has accepted.
        transcript: The conversation.
        defaults: The fields that every request sends.
        cost_usd: The cost of all replies, or `None` if it is unknown.

    Raises:
        ImportError: The file is one in HTML, and markdown-it-py is not installed.
    """
    if path.suffix.lower() == ".md":
        return to_markdown(transcript.turns)
    if path.suffix.lower() == ".html":
        return to_html(transcript.turns, path.stem)
    in_sight = {turn.id for turn in transcript.turns}
    content = {
        "format": "nbstream.chat",
        "version": FORMAT_VERSION,
        **{name: defaults[name] for name in _REQUEST_FIELDS if name in defaults},
        "cost_usd": cost_usd,
        "usage": transcript.usage(),
        "messages": transcript.messages(),
        "turns": list(_turns(transcript.versions, in_sight)),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


def _turns(versions: Iterable[Turn], in_sight: set[str]) -> Iterable[dict[str, Any]]:
    """Describe all turns. Turns with the same `after` are versions of each other."""
    for turn in versions:
        reply = turn.reply
        described = {
            "id": turn.id,
            "after": turn.after,
            "role": turn.role,
            "is_in_sight": turn.id in in_sight,
            "content": [block.to_param() for block in turn.blocks],
        }
        if reply is not None:
            described["reply"] = {
                "status": str(reply.status),
                "stop_reason": reply.stop_reason,
                "error": reply.error,
                "usage": reply.usage,
                "model": reply.message.get("model"),
            }
        yield described
