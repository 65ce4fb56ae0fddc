"""Log of the ops that pages apply, in order, each with its position.

A position is the length of the log before it: each op counts one, and each character of text counts one. As TCP
does with sequence numbers, nbstream uses positions to number frames, to measure the text that a page has not
painted yet, and to know where a page that lost a frame has to continue.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .ops import Op, TextAdded

MERGE_BELOW_CHARS = 4096
"""New text is merged into the last op of text until that op has this length.

So a merge copies at most this much for each frame, and a long answer has about one op for each 4,096 characters.
"""


class Log:
    """Append-only list of ops that can be read from any position.

    Attributes:
        seq: The position of the end.
        op_end: The position after the latest op that is not text.
    """

    def __init__(self) -> None:
        self._ops: list[Op] = []
        self._starts: list[int] = []
        self._pending_text: list[str] = []
        self.seq = 0
        self.op_end = 0

    def add(self, op: Op) -> None:
        """Append an op that is not text."""
        self._merge_pending_text()
        self._ops.append(op)
        self._starts.append(self.seq)
        self.seq += 1
        self.op_end = self.seq

    def add_text(self, text: str) -> None:
        """Append text to the latest block. The cost does not depend on the length of the log."""
        self._pending_text.append(text)
        self.seq += len(text)

    def read_from(self, position: int, limit: int) -> tuple[tuple[Op, ...], int]:
        """Return the ops after a position, with adjacent text joined.

        Args:
            position: The beginning, between 0 and `seq`.
            limit: The largest length to return, in the log's own measure (ops and characters).

        Returns:
            The ops, and the position after them.
        """
        self._merge_pending_text()
        ops: list[Op] = []
        text: list[str] = []
        end = min(self.seq, position + limit)
        index = bisect_right(self._starts, position) - 1
        at = position
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

    def ops_before(self, position: int) -> list[Op]:
        """Return the stored ops that begin before a position. The last text may reach beyond the position."""
        self._merge_pending_text()
        return self._ops[: bisect_left(self._starts, position)]

    def last_position(self, kind: type[Op]) -> int:
        """Return the position of the latest op of a kind; 0 where there is none."""
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
