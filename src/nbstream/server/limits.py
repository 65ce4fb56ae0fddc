"""What one caller, and all of them together, may have of the operator's money and memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a server, each with its unit.

    Without an `authorize` function all who have the token are one caller, and so is all of this machine.

    Attributes:
        body_bytes: The largest body of a request. By default a page's message with the 7 MB of files that it
            takes, in base64; a conversation of text alone is rarely a megabyte.
        body_seconds: The time in which a body must have come.
        prompt_characters: The most text of a question with all its history, names of fields counted, and each part
            as ten more: by default about 100,000 tokens.
        max_tokens: The most tokens that a caller may ask a reply to have.
        models: The models that a caller may name; by default only the server's own.
        streams: Replies that run at the same time, of all callers.
        streams_per_caller: The same of one caller.
        readers_per_stream: Connections that read the same stream.
        chats_per_caller: Conversations of a page that are kept; the one unread for longest goes for another.
        dollars_per_day: Estimated US dollars that one caller may spend from midnight to midnight UTC; `None` for
            any. A reply that gets there is stopped, and nothing more is asked. Without a
            Redis the sum is in memory: a server that is started again begins at nothing.
    """

    body_bytes: int = 10_000_000
    body_seconds: float = 30.0
    prompt_characters: int = 400_000
    max_tokens: int = 64_000
    models: Iterable[str] = ()
    streams: int = 1_000
    streams_per_caller: int = 8
    readers_per_stream: int = 8
    chats_per_caller: int = 20
    dollars_per_day: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.models, str):
            raise TypeError(f"models is {self.models!r}; pass a list of names, as in models=[{self.models!r}].")
        object.__setattr__(self, "models", frozenset(self.models))
        for name, value in vars(self).items():
            if name == "models" or (name == "dollars_per_day" and value is None):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} is {value!r}; give a number.")
            if not value > 0:
                raise ValueError(f"{name} is {value!r}; give a number above 0.")
