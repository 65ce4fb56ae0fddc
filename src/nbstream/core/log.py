"""All that the pages are told of a conversation, in order, each thing with its place.

The place is the log's length: an op counts one, a character of text counts one. So it numbers frames,
measures what a page has not painted yet, and says where a page that lost something has to go on; as TCP's
sequence numbers do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .ops import Op, TextAdded

MERGE_BELOW_CHARS = 4096
"""Characters up to which text ops are joined to one.

Joining copies at most this much a frame, and a long answer stays at one op for each 4,096 characters.
"""


class Log:
    """An append-only list of ops that can be read from any place."""

    def __init__(self) -> None:
        self._ops: list[Op] = []
        self._starts: list[int] = []
        self._pending_text: list[str] = []
        self.seq = 0

    def add(self, op: Op) -> None:
        """Append an op that is not text."""
        self._merge_pending_text()
        self._ops.append(op)
        self._starts.append(self.seq)
        self.seq += 1

    def add_text(self, text: str) -> None:
        """Append text to the latest block; the cost does not depend on how much there is already."""
        self._pending_text.append(text)
        self.seq += len(text)

    def read_from(self, place: int, limit: int) -> tuple[tuple[Op, ...], int]:
        """The ops from a place on, adjacent text joined.

        Args:
            place: Where to begin, between 0 and `seq`.
            limit: How much to give at most, in the log's own measure.

        Returns:
            The ops, and the place after them.
        """
        self._merge_pending_text()
        ops: list[Op] = []
        text: list[str] = []
        end = min(self.seq, place + limit)
        index = bisect_right(self._starts, place) - 1
        at = place
        while at < end:
            op = self._ops[index]
            if isinstance(op, TextAdded):
                offset = at - self._starts[index]
                piece = op.text[offset : offset + end - at]
                text.append(piece)
                at += len(piece)
            else:
                if text:
                    ops.append(TextAdded("".join(text)))
                    text.clear()
                ops.append(op)
                at += 1
            index += 1
        if text:
            ops.append(TextAdded("".join(text)))
        return tuple(ops), end

    def ops_before(self, place: int) -> list[Op]:
        """The ops that begin before a place, as they lie there: a text may reach beyond it."""
        self._merge_pending_text()
        return self._ops[: bisect_left(self._starts, place)]

    def last_position(self, kind: type[Op]) -> int:
        """The place of the latest op of a kind; 0 where there is none."""
        self._merge_pending_text()
        found = zip(reversed(self._ops), reversed(self._starts), strict=True)
        return next((start for op, start in found if isinstance(op, kind)), 0)

    def _merge_pending_text(self) -> None:
        text = "".join(self._pending_text)
        self._pending_text.clear()
        if not text:
            return
        last = self._ops[-1] if self._ops else None
        if isinstance(last, TextAdded) and len(last.text) < MERGE_BELOW_CHARS:
            self._ops[-1] = TextAdded(last.text + text)
        else:
            self._ops.append(TextAdded(text))
            self._starts.append(self.seq - len(text))
