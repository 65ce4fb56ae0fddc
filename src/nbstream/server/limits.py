"""Limits of a server: how much of the operator's money and memory one caller, or all of them together, may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Without an `authorize` function, all callers who have the token count as one caller, and so do all callers on
    this machine.

    Attributes:
        body_bytes: The largest body of a request. The page accepts at most 7 MB of files for one message, and the
            default has room for these in base64. A conversation of text alone is rarely larger than a megabyte.
        body_seconds: The time within which a body must have arrived.
        bodies_bytes_per_caller: The most bytes of one caller's bodies that are in memory at the same time, while
            they arrive and while they are parsed; at least `body_bytes`.
        bodies_bytes: The most bytes of all callers' bodies that are in memory at the same time; at least
            `body_bytes`.
        kept_bytes_per_caller: The most bytes of one caller's questions, with their files, that are kept in streams
            and conversations; at least `body_bytes`. Those without a reader make room for a new one.
        kept_bytes: The most bytes of all callers' questions that are kept; at least `body_bytes`.
        prompt_characters: The most characters of a question with its whole history. The names of JSON fields count
            too, and every JSON value adds ten characters. The default is about 100,000 tokens.
        max_tokens: The most tokens that a caller may ask for in a reply.
        models: The models that a caller may choose in addition to the server's own model.
        streams: The most replies that run at the same time, of all callers together.
        streams_per_caller: The most replies of one caller that run at the same time.
        readers_per_stream: The most connections that read the same stream.
        chats_per_caller: The most conversations of pages that are kept for one caller. A new one replaces the one
            that has been unread for longest.
        dollars_per_day: The estimated US dollars that one caller may spend from midnight to midnight UTC; `None`
            for no limit. A reply that reaches the limit is stopped, and no further question is accepted. The most
            that a request may cost is kept back before it is sent: text by its bytes, PDFs by the API's own count,
            and a file that it does not count by all that a model can read. The same is kept back for each use of
            a tool that the API runs, such as web search, whose `max_uses` is lowered to the number that can be
            paid for. A reply that ends before the API has counted it costs the most that it may have cost. The
            cost of a reply counts on the day on which it was kept back. With a Redis this holds for all workers
            together; without one the sum is kept in memory, so it begins at zero when the server is restarted.
    """

    body_bytes: int = 10_000_000
    body_seconds: float = 30.0
    bodies_bytes_per_caller: int = 50_000_000
    bodies_bytes: int = 200_000_000
    kept_bytes_per_caller: int = 200_000_000
    kept_bytes: int = 1_000_000_000
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
