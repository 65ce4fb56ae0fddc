"""State of a reply: its status, its end, its usage, and the sentence that is shown under an early end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from .ops import EndCause, ReplyStatusChanged, Status

RUNNING = frozenset({Status.WAITING, Status.STREAMING})

END_NOTES: Mapping[str, str] = {
    "max_tokens": "The answer reached max_tokens and breaks off here.",
    "model_context_window_exceeded": "The conversation has filled the model's context window.",
    "refusal": (
        "Claude declined to go on with this. Your message and the answer so far are not sent with later messages."
    ),
    "user": "You stopped the answer here.",
    "interrupt": "The kernel was interrupted; the answer stopped here.",
    "closed": "The chat was closed, so the answer was stopped.",
    "abandoned": "No page showed this answer for a while, so it was stopped.",
    "budget": "The chat has spent its budget, so the answer was stopped.",
    "restarted": "A restart cut the answer off here.",
    "rounds": "The answer has used as many rounds of tool calls as one answer may, so it was stopped.",
}
"""The sentence to show under a reply that ended early, by its stop reason. Other ends need no explanation."""

LEFT_OUT_NOTE = "Your message is not sent with later messages."
"""The sentence to show under a reply whose request the API refused; see `Reply.is_left_out`."""


class ReplyChange(TypedDict, total=False):
    """Everything that may change together with the status of a reply.

    `usage` has the API's token counts of the latest request. `ReplyStatusChanged` documents the other keys.
    """

    stop_reason: str | None
    usage: Mapping[str, Any] | None
    error: str | None
    retry_at: float | None
    cost: float | None
    rate: float | None
    is_left_out: bool
    cause: EndCause | None
    context_percent: int | None


@dataclass(slots=True)
class Reply:
    """The state of an assistant turn.

    Attributes:
        status: The reply's status; `ops.TRANSITIONS` has the allowed changes.
        began: The kernel's clock when the reply was requested, in seconds.
        ended: The kernel's clock when the reply ended, in seconds.
        stop_reason: The API's stop reason or nbstream's own; `None` before the end and after a failure.
        usage: The API's token counts of all requests for this reply, as far as they are known.
        error: One sentence about the failure.
        note: One sentence about an early end that is not a failure; one of `END_NOTES`.
        earlier_usage: The part of `usage` that belongs to earlier requests for this reply.
        message: The API's latest message for this reply, without its content.
        container: The container in which the API ran code for this reply, as the API described it.
        is_left_out: The API refused the request. The question and the reply are not sent with later questions.
        first_text_at: The kernel's clock when the first text of the latest attempt came, in seconds.
        cost: Estimated US dollars of all attempts so far, as pages were told; `None` if they are not known.
        earlier_cost: The part of `cost` that belongs to attempts before the latest one.
        cause: The cause of the end, where it changes the actions that a page offers.
        context_percent: How full the model's context window is; see `ReplyStatusChanged`.
    """

    status: Status = Status.WAITING
    began: float = 0.0
    ended: float | None = None
    stop_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    note: str | None = None
    earlier_usage: dict[str, Any] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    container: Mapping[str, Any] | None = None
    is_left_out: bool = False
    first_text_at: float | None = None
    cost: float | None = None
    earlier_cost: float | None = None
    cause: EndCause | None = None
    context_percent: int | None = None

    def change(self, status: Status, now: float, change: ReplyChange) -> ReplyStatusChanged:
        """Change the status and everything that belongs to it, and return the op for pages.

        Args:
            status: The new status.
            now: The kernel's clock, in seconds.
            change: What else changes; everything that is not given is no longer known.
        """
        self.status = status
        self.stop_reason, self.error = change.get("stop_reason"), change.get("error")
        self.is_left_out = change.get("is_left_out", False)
        self.cause, self.context_percent = change.get("cause"), change.get("context_percent")
        self.note = LEFT_OUT_NOTE if self.is_left_out else END_NOTES.get(self.stop_reason or "")
        self.ended = None if status in RUNNING else now
        if status is Status.STREAMING and self.first_text_at is None:
            self.first_text_at = now
        usage = change.get("usage")
        if status is Status.WAITING:
            self.began, self.first_text_at = now, None
            self.earlier_usage, self.earlier_cost = dict(self.usage), self.cost
        elif usage is not None:
            self.usage = sum_usage(self.earlier_usage, usage)
        self.cost = self._cost_with(usage, change.get("cost"))
        counts = {name: value for name, value in self.usage.items() if isinstance(value, int)}
        return ReplyStatusChanged(
            status,
            now,
            self.stop_reason,
            counts,
            self.error,
            change.get("retry_at"),
            self.cost,
            change.get("rate"),
            self.note,
            self.is_left_out,
            self.cause,
            self.context_percent,
        )

    def _cost_with(self, usage: Mapping[str, Any] | None, cost: float | None) -> float | None:
        """Return the cost of all attempts, of which the latest one has this usage and cost."""
        if not usage and cost is None:
            return self.earlier_cost
        # Tokens without a price would make a sum that is too low.
        if cost is None or (self.earlier_usage and self.earlier_cost is None):
            return None
        return cost + (self.earlier_cost or 0.0)


def sum_usage(before: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """Add the counts of two requests, also those in nested mappings. Other values come from the later request."""
    total = {**before, **usage}
    for name, value in before.items():
        other = usage.get(name)
        if other is None:
            total[name] = value
        elif isinstance(value, Mapping) and isinstance(other, Mapping):
            total[name] = sum_usage(value, other)
        elif isinstance(value, int) and isinstance(other, int):
            total[name] = value + other
    return total
