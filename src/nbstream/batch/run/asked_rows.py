"""Rows of a run that are being asked: each has a running request, whose tokens are counted from its beginning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ...content.message import UserMessage
from ...conversation.reply.run import ReplyRun
from .row_reply import RowAsker, RowEnd
from .spending import Spending


@dataclass(frozen=True)
class AskedRow:
    """A row's running request.

    Attributes:
        run: The reply.
        key: The key of the row.
        sent_at: The clock's time at which it was sent, in seconds.
    """

    run: ReplyRun
    key: str
    sent_at: float


class AskedRows:
    """The running requests of one run. Use it on one event loop only.

    Args:
        asker: Asks for the replies.
        spending: Counts their tokens and costs.
        clock: Returns the seconds of a monotonic clock.
        changed: Called with a row after every event of its reply.
        ended: Called with a row whose request has ended and is no longer among these, and with its end.
    """

    def __init__(
        self,
        asker: RowAsker,
        spending: Spending,
        clock: Callable[[], float],
        changed: Callable[[int], None],
        ended: Callable[[int, AskedRow, RowEnd], None],
    ) -> None:
        self._asker = asker
        self._spending = spending
        self._clock = clock
        self._changed = changed
        self._ended = ended
        self._rows: dict[int, AskedRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def ask(self, row: int, key: str, message: UserMessage) -> None:
        """Send the request of a row."""
        run = self._asker.new_reply(message, partial(self._on_event, row))
        self._rows[row] = AskedRow(run, key, self._clock())
        self._spending.begin(row, run.meter)
        run.start().add_done_callback(partial(self._on_end, row))

    def is_answered(self, row: int) -> bool:
        """Return whether the answer to a row has begun."""
        return bool(self._rows[row].run.message)

    def stop(self, reason: str) -> None:
        """Stop all requests, with this stop reason."""
        for asked in list(self._rows.values()):
            asked.run.stop(reason)

    def _on_event(self, row: int) -> None:
        if row in self._rows:
            self._spending.update(row)
            self._changed(row)

    def _on_end(self, row: int, _: object) -> None:
        asked = self._rows.pop(row)
        end = self._asker.end_of(asked.run)
        self._spending.end(row, is_answer=end.is_answer)
        self._ended(row, asked, end)
