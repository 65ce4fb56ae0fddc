"""What the replies of one conversation may cost: looked at as each begins, and settled when it has ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...claude.prices import cost_of, price_of, prices
from ...claude.usage import total
from ...content.attachments import PAGES, pages_of
from ...conversation.conversation import Conversation
from ...core.ops import Status
from ...core.turn import is_call
from ...kernel.event_loop import clock
from ..errors import Refused
from ..http.request_body import characters_of
from ..limits import Limits
from .ledger import Ledger, Reserve

IMAGE_TOKENS = 5_000
"""More than the API counts for any image (about 4,800 for the largest that newer models take)."""

PAGE_TOKENS = 3_000
"""The most that the Claude docs give for a page of PDF; of one that is fetched the pages are not known."""

TOKENS_A_SECOND = 100
"""What a reply is taken to have written while nobody saw its thinking, where it was stopped: rather too much. The
benchmarks of Artificial Analysis have 63 for Claude Sonnet 4.5 and 45 for Opus 4.1 (2025, at second hand)."""

UNCOUNTED = frozenset({Status.STOPPED, Status.WAITING})
"""States of a conversation in which its latest reply was stopped. It waits already where the next one was asked
for before the request of the one that was stopped had been closed."""

THOUGHTS = frozenset({"thinking", "redacted_thinking"})


class Account:
    """One caller's dollars for one conversation, whose replies run one after the other.

    Args:
        ledger: Where they are counted.
        limits: What may be had.
        caller: Whose they are.
        now: Seconds of a monotonic clock.
    """

    def __init__(self, ledger: Ledger, limits: Limits, caller: str, now: Callable[[], float] = clock) -> None:
        self._ledger = ledger
        self._limits = limits
        self._caller = caller
        self._reserve: Reserve | None = None
        self._now = now
        # Of the latest request: its cost before the first word, that of a token, the most of these, its beginning.
        self._least = self._token = 0.0
        self._most = 0
        self._began = 0.0
        self._billed = 0.0

    def permit(self, request: dict[str, Any]) -> float | None:
        """A reply is about to begin.

        Thinking may stay hidden until it is counted, so that an answer cannot always be stopped at a sum: the
        tokens that it may have are bounded by what they can cost.

        Args:
            request: What will be sent; its `max_tokens` is bounded by what is left.

        Returns:
            The US dollars that it may cost; `None` for any.

        Raises:
            ValueError: It may not, with the limit that it has reached.
        """
        try:
            self._ledger.check(self._caller)
        except Refused as refused:
            raise ValueError(refused.sentence) from refused
        characters = characters_of(request["messages"], request.get("system"))
        if characters > self._limits.prompt_characters:
            raise ValueError(
                f"The conversation has {characters:,} characters, and this server takes "
                f"{self._limits.prompt_characters:,}; begin another."
            )
        left = self._ledger.left(self._caller)
        dollars = 0.0 if left is None else self._bounded(request, left)
        self._reserve = self._ledger.begin(self._caller, dollars)
        return None if left is None else dollars

    def permit_more(self, request: dict[str, Any], spent: float) -> float | None:
        """A reply that runs is about to send another request, with the results of its calls or after a fault.

        Bounded as the first one alone, each of them could have cost what was kept back for all.

        Args:
            request: What will be sent; its `max_tokens` is bounded by what is left.
            spent: US dollars that the reply has cost.

        Returns:
            The US dollars that it may cost in all; `None` for any.

        Raises:
            ValueError: Nothing is left for it.
        """
        left = self._ledger.left(self._caller)
        if left is None or self._reserve is None:
            return None
        dollars = spent + self._bounded(request, left + self._ledger.kept(self._reserve) - spent)
        self._reserve = self._ledger.renew(self._reserve, dollars)
        return dollars

    def settle(self, conversation: Conversation) -> None:
        """The latest reply has ended."""
        cost = (total(conversation.bills) or 0.0) - self._billed
        self._billed += cost
        if conversation.status in UNCOUNTED:
            # Where it was stopped before the API had counted what it was sent, `cost` is nothing.
            cost = cost + self._unseen(conversation) if cost else self._least
        if self._reserve is not None:
            self._ledger.end(self._reserve, cost)
            self._reserve = None

    def _unseen(self, conversation: Conversation) -> float:
        """What thinking may have cost that the API had not counted when its reply was stopped.

        Otherwise whoever always stops it in time could have Claude think for nothing.
        """
        run = conversation.run
        usage = {} if run is None else run.bill.usage()
        if run is None or not usage or run.message.get("stop_reason") is not None:
            # Nothing is open: all that came has been counted.
            return 0.0
        if not any(block.type in THOUGHTS for block in run.turn.blocks):
            return 0.0
        written = min(self._most, int((self._now() - self._began) * TOKENS_A_SECOND))
        return max(0, written - int(usage["output_tokens"])) * self._token

    def _bounded(self, request: dict[str, Any], left: float) -> float:
        """The most that a reply may cost, its tokens bounded by what is left."""
        price = price_of(str(request["model"]), prices)
        asked = [request["messages"], request.get("system"), request.get("tools")]
        sent = sum(_tokens(asked))
        usage: dict[str, Any] = {"cache_creation_input_tokens": sent, "output_tokens": 0}
        if _is_kept_for_an_hour([*asked, request.get("cache_control")]):
            # A caller may say so of any block, and pays for all that comes before it.
            usage["cache_creation"] = {"ephemeral_1h_input_tokens": sent}
        least = self._least = cost_of(usage, price) or 0.0
        token = (cost_of({**usage, "output_tokens": 1_000}, price) or 0.0) / 1_000 - least / 1_000
        tokens = min(request["max_tokens"], int((left - least) / token)) if token else request["max_tokens"]
        if tokens < 1:
            raise ValueError(
                f"This would cost about ${least:.4f} before the first word of an answer, and of what you may "
                f"spend in a day ${max(0.0, left):.4f} is left; it begins anew at midnight UTC."
            )
        request["max_tokens"] = self._most = tokens
        self._token, self._began = token, self._now()
        return float(least + tokens * token)


def count_pages(asked: Any) -> None:
    """Count the pages of all files in a question, so that they are known as it is permitted.

    Of files that are made for it this takes a second, and is done in a thread.
    """
    for _ in _tokens(asked):
        pass


def _is_kept_for_an_hour(value: Any) -> bool:
    """Whether something of it goes into the cache for an hour, at twice the price."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            if item.get("ttl") == "1h":
                return True
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return False


def _tokens(value: Any) -> Iterator[int]:
    """About how many tokens all of this is, rather too many."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield _tokens_of(item)
        elif isinstance(item, Mapping):
            if is_call(str(item.get("type"))):
                # What it was called with is text to Claude, whatever it looks like.
                yield _tokens_of(json.dumps(item, ensure_ascii=False))
                continue
            source = item.get("source")
            is_file = isinstance(source, Mapping) and source.get("type") in ("base64", "url")
            if item.get("type") == "image":
                yield IMAGE_TOKENS
            elif item.get("type") == "document" and is_file:
                yield PAGE_TOKENS * (pages_of(item) or PAGES)
            # A document brings text with it, too.
            waiting += (part for name, part in item.items() if not (is_file and name == "source"))
        elif isinstance(item, list):
            waiting += item


def _tokens_of(text: str) -> int:
    # In scripts other than ours a character may be a token.
    others = 0 if text.isascii() else sum(character > "\x7f" for character in text)
    return others + (len(text) - others) // 3 + 1
