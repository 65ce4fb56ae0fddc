"""A conversation as JSON: written to a file, and read from it again in another kernel."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...claude.prices import prices
from ...claude.usage import UsageMeter, total
from ...conversation.request.default_fields import CACHE_CONTROL, MAX_TOKENS, THINKING
from ...core.saved.restored_turns import restore_turns
from ...core.saved.turn_records import RecordedTurn, RecordError, read_turns, record_turns
from ...core.short_repr import short_repr
from ...core.transcript import Transcript
from ..chat.cell_prompt import IN_CELL

FORMAT = "nbstream.chat"

FORMAT_VERSION = 1
"""The version of the JSON file. A change that older readers would misunderstand raises it."""

_FIELDS = ("model", "system", "max_tokens", "thinking", "cache_control", "output_config", "stop_sequences")
"""The fields of the requests that belong to the conversation. No other is written, because a header or a server's
address may hold a key; functions cannot be written at all."""

_MODELS = "models"
"""The argument of `nbstream.chat` that is kept among the fields, though no request has it."""

CUT_OFF = "restarted"
"""The stop reason that a page gives to a reply whose kernel was restarted."""

_DEFAULTS: Mapping[str, object] = {
    "max_tokens": MAX_TOKENS,
    "thinking": THINKING,
    "cache_control": CACHE_CONTROL,
}
"""Fields that are not written where they have their default: a later version may have a better one."""


@dataclass(frozen=True)
class SavedChat:
    """A conversation that was read from a file.

    Attributes:
        fields: The fields of its requests, as `nbstream.chat` takes them.
        turns: All versions of all turns.
        meters: The tokens and costs of its replies.
    """

    fields: Mapping[str, Any]
    turns: Sequence[RecordedTurn]
    meters: Sequence[UsageMeter]

    @classmethod
    def from_records(cls, request: object, turns: object) -> SavedChat:
        """Make a saved chat from the fields of its requests and the records of its turns, which have their costs.

        Raises:
            ValueError: The records are not those of a conversation.
        """
        if not isinstance(request, Mapping):
            raise RecordError(f"request is {short_repr(request, 60)}")
        fields = {name: request[name] for name in (*_FIELDS, _MODELS) if name in request}
        recorded = read_turns(turns)
        return cls(fields, recorded, _meters_of(recorded))

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments of `nbstream.chat`, with those of the file where they have their defaults."""
        ungiven = {"model": None, "system": None, _MODELS: (), **_DEFAULTS}
        filled = {
            name: value
            for name, value in self.fields.items()
            if name not in given or (name in ungiven and given[name] == ungiven[name])
        }
        return {**given, **filled}

    def completed_by(self, file: SavedChat) -> SavedChat | None:
        """Return this conversation, as a page kept it, with all that only its file has of it.

        A page lacks the content of attachments, the results of tools and the like. A reply that a restart has cut
        off is as the page shows it.

        Args:
            file: The conversation in the file, with its costs.

        Returns:
            The conversation; `None` if the file holds another one, or a later state of this one.
        """
        pairs = list(zip(file.turns, self.turns, strict=False))
        if len(pairs) < len(file.turns) or any(one.turn.after != other.turn.after for one, other in pairs):
            return None
        turns = []
        for kept, shown in pairs:
            written, seen = (one.turn.text() if one.turn.reply is not None else "" for one in (kept, shown))
            is_cut_off = shown.turn.reply is not None and shown.turn.reply.stop_reason == CUT_OFF
            # The kernel may have written its last words, which the page has not got.
            is_same = written == seen or (is_cut_off and (seen.startswith(written) or written.startswith(seen)))
            if kept.turn.role != shown.turn.role or not is_same:
                return None
            turns.append(shown if is_cut_off else replace(kept, is_shown=shown.is_shown))
        further = self.turns[len(turns) :]
        return SavedChat(self.fields, [*turns, *further], [*file.meters, *_meters_of(further)])

    def restore(self, transcript: Transcript, meters: list[UsageMeter], now: float) -> None:
        """Write the conversation to an empty transcript, and add its costs.

        Args:
            transcript: The transcript.
            meters: The meters of the chat, to which those of the file are added.
            now: The kernel's clock, in seconds.
        """
        restore_turns(transcript, self.turns, now)
        meters += self.meters


def _meters_of(turns: Iterable[RecordedTurn]) -> list[UsageMeter]:
    """Return the meters of replies of which only the turns were recorded. Without a count a reply cost nothing."""
    replies = [recorded.turn.reply for recorded in turns]
    return [UsageMeter.of_cost(reply.cost) for reply in replies if reply is not None and reply.usage]


def request_fields(defaults: Mapping[str, Any], models: Sequence[str] = ()) -> dict[str, Any]:
    """Return the fields of a chat's requests that belong to the conversation, where they have no default.

    Args:
        defaults: The fields that every request sends.
        models: The names of the models that the user can choose from.
    """
    request = {name: defaults[name] for name in _FIELDS if name in defaults}
    for name, default in _DEFAULTS.items():
        if request.get(name) == default:
            del request[name]
        else:
            # A field that is left out of the requests is given as `None`.
            request.setdefault(name, None)
    return {**request, _MODELS: list(models)} if models else request


def chat_json(
    transcript: Transcript,
    defaults: Mapping[str, Any],
    meters: Iterable[UsageMeter],
    models: Sequence[str] = (),
) -> str:
    """Return a conversation as JSON.

    Args:
        transcript: The conversation.
        defaults: The fields that every request sends.
        meters: The tokens and costs of all replies, also of those that were replaced.
        models: The names of the models that the user can choose from.
    """
    meters = list(meters)
    content = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "request": request_fields(defaults, models),
        "cost_usd": total(meters),
        "usage": transcript.usage(),
        "messages": transcript.messages(),
        "turns": record_turns(transcript),
        "meters": [meter.to_record() for meter in meters],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"
    # Half of a surrogate pair cannot be written as UTF-8. Within a JSON text, its escape means the same.
    return text.encode("utf-8", "backslashreplace").decode()


def read_chat(path: str | os.PathLike[str]) -> SavedChat:
    """Read a conversation from a file.

    Args:
        path: The path of a file that `chat.save` or `file=` wrote. A leading `~` means the home folder.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is none that nbstream wrote, is damaged, or was written by a newer version.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise FileNotFoundError(f"There is no file {file}; chat.save({str(file)!r}) writes one.")
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{file} is not JSON ({error}); give a file that chat.save or file= wrote.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{file} is not a conversation of nbstream; give a .json that chat.save or file= wrote.")
    _check_version(file, content.get("version"))
    try:
        return _parse(content)
    except (RecordError, ArithmeticError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{file} is damaged: {short_repr(error, 200)}. If you have changed it by hand, take that back; its "
            "messages can still be read with json, and passed as nbstream.chat(messages=…)."
        ) from error


def _check_version(file: Path, version: object) -> None:
    if version == FORMAT_VERSION:
        return
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ValueError(
            f"{file} was written by a newer nbstream: its format is version {version}, and this nbstream reads "
            f"version {FORMAT_VERSION}. Update with pip install -U nbstream and restart the kernel."
        )
    raise ValueError(
        f"{file} has the version {short_repr(version, 60)} of the format, and this nbstream reads version "
        f"{FORMAT_VERSION}. Its messages can be read with json, and passed as nbstream.chat(messages=…)."
    )


def _parse(content: Mapping[str, Any]) -> SavedChat:
    meters = [UsageMeter.from_record(record) for record in content["meters"]]
    for meter in meters:
        # A count that is no number would fail here, and not in the middle of a conversation.
        meter.cost(prices)
    saved = SavedChat.from_records(content["request"], content["turns"])
    for block in [block for recorded in saved.turns for block in recorded.turn.blocks]:
        # The cell that asked may be in another notebook.
        block.data = {name: value for name, value in block.data.items() if name != IN_CELL}
    return replace(saved, meters=meters)
