"""Parser of request bodies. It turns a body into a question or a page's frame, or refuses it and says why."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, assert_never, get_args

from ...content.blocks import Content, as_content, as_messages
from ...conversation.request.checks import check_request
from ...core.history import check_history
from ...core.saved.turn_records import RecordedTurn
from ...core.short_repr import short_repr
from ..errors import Refused
from ..limits import Limits
from .content_walk import BASE64, Place, type_of, walk_content
from .kept_turns import parse_turns

STREAM_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
"""The stream ids that a client may choose. They are too long to be guessed, and all of their characters are
allowed in headers and URLs."""

BODY_FIELDS = ("prompt", "messages", "chat", "turns", "id", "system", "model", "max_tokens", "thinking")

QuestionKind = Literal["prompt", "messages", "chat"]
"""The field that holds the question. A body has exactly one of these."""

FORBIDDEN_TYPES = frozenset({"file", "container_upload"})
"""Types of blocks and sources that refer to files in the operator's account."""

MAX_LEVELS = 100
"""The most levels of lists and objects in a question. A question with a tool's result has eight, and the arguments
of a tool call may have more. The limit exists because the question is encoded as JSON later, by recursive
functions."""

ITEM_CHARS = 10
"""Characters that each text, name, number, list and object adds to the count, in addition to its own text. With
only 1 character for each, a question of 400,000 characters could have so many items that they blocked the loop for
0.7 s."""

QUESTION_TOO_LONG = (
    "The question has more than {:,} characters, which is the most that this server takes. The history and the "
    "names of all fields count; leave out everything that is not needed."
)


@dataclass(frozen=True)
class Question:
    """A question that passed every check.

    Attributes:
        id: The id of the answer's stream, chosen by the client or else by this server.
        history: The turns before the question.
        content: The question itself. `None` opens a conversation that a page continues with commands.
        request: All other fields of the request to Claude.
        size_bytes: Bytes of the body that it came in.
        turns: The turns of a conversation that an earlier server had, if `content` is `None`.
    """

    id: str
    history: list[dict[str, Any]]
    content: Content | None
    request: dict[str, Any]
    size_bytes: int = 0
    turns: Sequence[RecordedTurn] = ()


def parse_frame(body: bytes | bytearray, limits: Limits) -> object:
    """Parse the JSON of a frame that a page sends. The stream checks its fields.

    Raises:
        Refused: The body is not JSON, or has more items than a question may have.
    """
    check_item_count(body, limits)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body is not JSON; send a frame as the page does.") from error


def parse_question(
    body: bytes | bytearray, defaults: Mapping[str, Any], limits: Limits, client: Any = None
) -> Question:
    """Parse and check a question.

    Args:
        body: A JSON object with exactly one of `prompt`, `messages` and `chat`, and any others of `BODY_FIELDS`.
            `turns` goes with `chat`; see `parse_turns`.
        defaults: The fields that this server sends to Claude if the caller does not set them.
        limits: The most that a caller may ask for.
        client: The client that will send the request.

    Raises:
        Refused: The body is not a question, or exceeds a limit.
    """
    fields = _parse_fields(body, limits)
    try:
        history, content = _history_and_content(fields)
        messages = history if content is None else [*history, {"role": "user", "content": content}]
        # The size is checked first, so that the later checks never work on a question that is too large.
        others = (fields.get(name) for name in ("system", "thinking", "turns"))
        values = [*messages, *(value for value in others if value is not None)]
        _measure(values, limits.prompt_characters, FORBIDDEN_TYPES)
        turns, kept = parse_turns(fields.get("turns"), is_chat=content is None)
        messages = [*kept, *messages]
        if "system" in defaults and any(message["role"] == "system" for message in messages):
            # A turn of the system in the middle of a conversation would go before the operator's own words.
            raise ValueError('Turns of the role "system" are set by this server; leave them out.')
        request = {**defaults, **_request_options(fields, defaults, limits)}
        check_request(request, client)
        check_history(messages)
    except RecursionError as error:
        raise Refused(400, "The body is nested too deeply for a question; send it with fewer levels.") from error
    except (TypeError, ValueError) as error:
        raise Refused(400, str(error)) from error
    return Question(_stream_id(fields.get("id")), history, content, request, len(body), turns)


def check_item_count(body: bytes | bytearray, limits: Limits) -> None:
    """Refuse a body that must have more items than a question may have.

    The body is checked before it is parsed, because parsing 10 MB of items takes a second. The check counts
    commas, colons and opening brackets. Each of them belongs to an item or a name, or is a character of a text,
    and all of these count as at least one character. So a question within the limit has at most as many commas and
    colons as characters, and at most as many opening brackets. The body's own fields do not count as characters,
    so they are added to the limit here.
    """
    most = limits.prompt_characters + 2 * len(BODY_FIELDS)
    if body.count(b",") + body.count(b":") > most or body.count(b"[") + body.count(b"{") > most:
        raise Refused(413, QUESTION_TOO_LONG.format(limits.prompt_characters))


def count_chars(messages: list[Any], system: Any) -> int:
    """Count the characters of a conversation in the same way as those of a question.

    Raises:
        ValueError: The conversation is nested deeper than `MAX_LEVELS`.
    """
    return _measure([*messages, *([] if system is None else [system])])


def _measure(
    values: Iterable[Any], max_chars: float = math.inf, forbidden_types: Collection[str] = frozenset()
) -> int:
    """Count characters, and refuse a question that is too long, too deep, or refers to the operator's files.

    The names of fields count like texts. Each item adds `ITEM_CHARS`, because even an empty text takes time to
    handle. The bytes of files do not count.
    """
    chars = 0
    for item, place, level in walk_content(values):
        if place in BASE64:
            continue
        if level > MAX_LEVELS:
            raise ValueError(f"The question is nested deeper than {MAX_LEVELS} levels; send it with fewer.")
        chars += ITEM_CHARS + (len(item) if isinstance(item, str) else 0)
        if chars > max_chars:
            raise Refused(413, QUESTION_TOO_LONG.format(max_chars))
        # The arguments of a tool call are text to Claude, even if they look like a reference to a file.
        if isinstance(item, dict) and place is not Place.CALL_FIELD and type_of(item) in forbidden_types:
            raise ValueError(f"{type_of(item)!r} names a file of this server's account; send the file itself.")
    return chars


def _parse_fields(body: bytes | bytearray, limits: Limits) -> dict[str, Any]:
    check_item_count(body, limits)
    try:
        fields = json.loads(body)
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refused(400, "The body has half a character (a lone surrogate); send whole characters.") from error
    except (ValueError, RecursionError) as error:
        raise Refused(400, 'The body is not JSON; send an object, as in {"prompt": "Explain CRDTs"}.') from error
    if not isinstance(fields, dict):
        kind = type(fields).__name__
        raise Refused(400, f'The body is of type {kind}; send an object, as in {{"prompt": "…"}}.')
    if unknown := sorted(islice((name for name in fields if name not in BODY_FIELDS), 5)):
        known = ", ".join(BODY_FIELDS)
        raise Refused(400, f"The body has unknown fields: {', '.join(unknown)!s:.200}. Known fields are {known}.")
    return fields


def _history_and_content(fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Content | None]:
    kind = _question_kind(fields)
    value = fields[kind]
    match kind:
        case "chat":
            if value is not True:
                raise ValueError(f"chat is {short_repr(value, 60)}; send true, or send a prompt instead.")
            return [], None
        case "prompt":
            if not isinstance(value, str | list):
                raise TypeError(f"prompt is {short_repr(value, 60)}; send text, or a list of content blocks.")
            return [], as_content(value)
        case "messages":
            if not isinstance(value, list) or not value:
                raise ValueError('"messages" is not a list of turns; send them as the Messages API takes them.')
            *history, last = as_messages(value)
            if last["role"] != "user":
                raise ValueError("The last of the \"messages\" is not the user's; end with the user's question.")
            return history, last["content"]
        case _:
            assert_never(kind)


def _question_kind(fields: Mapping[str, Any]) -> QuestionKind:
    kinds: list[QuestionKind] = [name for name in get_args(QuestionKind) if fields.get(name) is not None]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none of them"
        raise ValueError(f'Send exactly one of "prompt", "messages" and "chat"; the body has {found}.')
    return kinds[0]


def _request_options(fields: Mapping[str, Any], defaults: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    request = {name: fields[name] for name in ("system", "model", "max_tokens") if fields.get(name) is not None}
    models, model = {defaults["model"], *limits.models}, request.get("model", defaults["model"])
    if not isinstance(model, str) or model not in models:
        raise ValueError(f"model is {short_repr(model, 100)}; this server has {', '.join(sorted(models))}.")
    if "system" in request and "system" in defaults:
        raise ValueError('"system" is set by this server; leave it out.')
    max_tokens = request.get("max_tokens", 0)
    if isinstance(max_tokens, int) and max_tokens > limits.max_tokens:
        raise ValueError(f"max_tokens is {max_tokens:,}; this server takes {limits.max_tokens:,} or less.")
    if "thinking" in fields:
        if not isinstance(fields["thinking"], dict):
            raise TypeError(
                f"thinking is {short_repr(fields['thinking'], 60)}; send it as the Messages API takes it."
            )
        request["thinking"] = fields["thinking"]
    return request


def _stream_id(chosen: object) -> str:
    if chosen is None:
        return secrets.token_urlsafe(24)
    if not isinstance(chosen, str) or not STREAM_ID.fullmatch(chosen):
        raise Refused(
            400, f"id is {short_repr(chosen, 80)}; send 16 to 64 random letters, digits, - and _, or no id."
        )
    return chosen
