"""What a caller asks, out of the body of a request: taken whole or refused with a sentence."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...content.blocks import Content, as_content, as_messages
from ...conversation.request import check_request
from ...core.messages import check_history
from ...core.turn import is_call
from ..errors import Refused
from ..limits import Limits

ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
"""A name that a client may choose: as long as nobody can guess it, and of characters that any header and address
takes."""

FIELDS = ("prompt", "messages", "chat", "id", "system", "model", "max_tokens", "thinking")

NOT_THEIRS = frozenset({"file", "container_upload"})
"""Kinds of blocks and sources that name what lies in the operator's account."""

DEPTH = 100
"""Levels of lists and objects in a question: one with a tool's result in it has eight, and what a tool is called
with may have more. Later it becomes JSON again, by functions that call themselves."""

THING = 10
"""Characters that a text, a name, a number, a list or an object counts as beside its text. At 1, what a question
of 400,000 may hold kept the loop for 0.7 s."""

TOO_LONG = (
    "The question has more than the {:,} characters that this server takes, its history and all names in it "
    "counted; leave out what is not needed."
)


@dataclass(frozen=True)
class Question:
    """A question that may be asked.

    Attributes:
        id: The name that the client chose for the answer's stream, or one made for it.
        history: The turns before it.
        content: What is asked; `None` opens a conversation that goes on.
        request: What its request sends beside the messages.
    """

    id: str
    history: list[dict[str, Any]]
    content: Content | None
    request: dict[str, Any]


def question_of(body: bytes, defaults: Mapping[str, Any], limits: Limits, client: Any = None) -> Question:
    """The question that a body is.

    Args:
        body: JSON, with a `prompt`, `messages` or `chat`, and what may stand beside them.
        defaults: What a request of this server sends.
        limits: What a caller may ask for.
        client: What will send it.

    Raises:
        Refused: It is none, or beyond a limit.
    """
    fields = _fields(body, limits)
    try:
        history, content = _asked(fields)
        messages = history if content is None else [*history, {"role": "user", "content": content}]
        # Before all that looks through it: the limit bounds the work, too.
        beside = (fields.get(name) for name in ("system", "thinking"))
        _check_all([*messages, *(value for value in beside if value is not None)], limits)
        request = {**defaults, **_request(fields, defaults, limits)}
        check_request(request, client)
        check_history(messages)
    except RecursionError as error:
        raise Refused(400, "The body is nested deeper than any question; send it flat.") from error
    except (TypeError, ValueError) as error:
        raise Refused(400, str(error)) from error
    return Question(_id(fields.get("id")), history, content, request)


def check_things(body: bytes, limits: Limits) -> None:
    """Refuse a body of more things than a question may have, before they are made: ten megabytes take a second.

    Each counts as a character at least, as names do. So there are never more commas and colons than counted
    characters, nor more brackets that open, in a text or beside it; but for those of the question itself.
    """
    most = limits.prompt_characters + 2 * len(FIELDS)
    if body.count(b",") + body.count(b":") > most or body.count(b"[") + body.count(b"{") > most:
        raise Refused(413, TOO_LONG.format(limits.prompt_characters))


def _fields(body: bytes, limits: Limits) -> dict[str, Any]:
    check_things(body, limits)
    try:
        fields = json.loads(body)
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refused(400, "The body has half a character (a lone surrogate); send text of whole ones.") from error
    except (ValueError, RecursionError) as error:
        raise Refused(400, 'The body is no JSON; send an object, as in {"prompt": "Explain CRDTs"}.') from error
    if not isinstance(fields, dict):
        raise Refused(400, f'The body is {type(fields).__name__}; send an object, as in {{"prompt": "…"}}.')
    if unknown := sorted(islice((name for name in fields if name not in FIELDS), 5)):
        raise Refused(400, f"{', '.join(unknown)!s:.200}: not known here; a body has {', '.join(FIELDS)}.")
    ways = [name for name in ("prompt", "messages", "chat") if fields.get(name) is not None]
    if len(ways) != 1:
        had = " and ".join(ways) or "none of them"
        raise Refused(400, f'Send one of "prompt", "messages" and "chat"; the body has {had}.')
    return fields


def _asked(fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Content | None]:
    if fields.get("chat") is not None:
        if fields["chat"] is not True:
            raise ValueError(f"chat is {fields['chat']!r:.60}; send true, or ask with a prompt.")
        return [], None
    if fields.get("prompt") is not None:
        if not isinstance(fields["prompt"], str | list):
            raise TypeError(f"prompt is {fields['prompt']!r:.60}; send text, or a list of content blocks.")
        content = as_content(fields["prompt"])
        history: list[dict[str, Any]] = []
    else:
        if not isinstance(fields["messages"], list) or not fields["messages"]:
            raise ValueError('"messages" is no list of turns; send them as the Messages API has them.')
        *history, last = as_messages(fields["messages"])
        if last["role"] != "user":
            raise ValueError('The last of "messages" is not the user\'s; end with what is asked.')
        content = last["content"]
    return history, content


def _request(fields: Mapping[str, Any], defaults: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    request = {name: fields[name] for name in ("system", "model", "max_tokens") if fields.get(name) is not None}
    models = {defaults["model"], *limits.models}
    if request.get("model", defaults["model"]) not in models:
        raise ValueError(f"model is {request['model']!r:.100}; this server has {', '.join(sorted(models))}.")
    if "system" in request and "system" in defaults:
        raise ValueError('"system" is set by this server; leave it out.')
    tokens = request.get("max_tokens", 0)
    if isinstance(tokens, int) and tokens > limits.max_tokens:
        raise ValueError(f"max_tokens is {tokens:,}, and this server takes {limits.max_tokens:,} or less.")
    if "thinking" in fields:
        if not isinstance(fields["thinking"], dict):
            raise TypeError(f"thinking is {fields['thinking']!r:.60}; send it as the Messages API has it.")
        request["thinking"] = fields["thinking"]
    return request


def _id(given: object) -> str:
    if given is None:
        return secrets.token_urlsafe(24)
    if not isinstance(given, str) or not ID.fullmatch(given):
        raise Refused(400, "id is none that can be used; send 16 to 64 random letters, digits, - and _.")
    return given


def _check_all(asked: list[Any], limits: Limits) -> None:
    """Refuse what is too long or too deep, and what names the operator's files."""
    left = limits.prompt_characters
    for characters, kind in _parts(asked):
        left -= characters
        if left < 0:
            raise Refused(413, TOO_LONG.format(limits.prompt_characters))
        if kind in NOT_THEIRS:
            raise ValueError(f"{kind!r} names a file of this server's account; send the file itself.")


def characters_of(messages: list[Any], system: Any) -> int:
    """The characters of a conversation, as they are counted of a question."""
    return sum(characters for characters, _ in _parts([*messages, *([] if system is None else [system])]))


def _parts(asked: list[Any]) -> Iterator[tuple[int, str]]:
    """Of everything in a question, how many characters it is, and its `type`.

    Names count as text does, and each thing as some characters more: an empty text is work, too. Only the bytes of
    files do not count.
    """
    # By levels, with no function that calls itself: each thing is looked at once, however deep it lies.
    called: list[Any] = []
    for _ in range(DEPTH):
        deeper: tuple[list[Any], list[Any]] = ([], [])
        for is_text, values in enumerate((asked, called)):
            for value in values:
                # What a tool was called with is text to Claude, whatever it looks like.
                said = value.get("type") if isinstance(value, dict) and not is_text else ""
                kind = said if isinstance(said, str) else ""
                yield THING + (len(value) if isinstance(value, str) else 0), kind
                below = deeper[is_text or (kind != "" and is_call(kind))]
                if isinstance(value, list):
                    below += value
                elif isinstance(value, dict):
                    below += value
                    is_file = kind == "base64" and isinstance(value.get("data"), str)
                    below += (item for name, item in value.items() if not (is_file and name == "data"))
        if not any(deeper):
            return
        asked, called = deeper
    raise ValueError(f"The question is nested deeper than {DEPTH} levels; send it flat.")
