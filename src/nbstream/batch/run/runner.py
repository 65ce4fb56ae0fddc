"""Runner of a batch: asks for all rows, as many at once as the pace allows, and keeps the answers.

All its methods must be called on one event loop. The results may be read from any thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...claude.failures.recovery import Recovery
from ...content.message import UserMessage
from ..rows.messages import RowMessages, RunInThread
from ..rows.prompts import Prompts
from .answer_file import AnswerFile
from .asked_rows import AskedRow, AskedRows
from .known_answers import KnownAnswers
from .pace import Pace
from .results import RowResults
from .retries import Retries
from .row_key import RowKeys
from .row_queue import RowQueue
from .row_reply import Outcome, RowAsker, RowEnd
from .spending import Spending
from .state import RowStatus, RunLife, RunStatus

MAX_ROWS_PER_TURN = 100
"""The most rows that are taken up in one turn of the loop. A row that the file has takes some 50 µs, so frames and
a Stop wait 5 ms at most."""


class BatchRun:
    """The run of one batch.

    Args:
        count: The number of rows.
        prompts: The prompt of each row.
        asker: Asks for the replies.
        keys: Makes the keys of the rows.
        pace: The pace of all requests.
        spending: The tokens and costs.
        file: The file of the answers; `None` for none.
        clock: Returns the seconds of a monotonic clock.
        changed: Called after every change of a row or of the run.
        ended: Called when the run has ended and all its requests are closed.
        max_attempts: As for `Retries`.
        sends_first_alone: The first request runs alone until its answer begins; the API then has what all share.
        run_in_thread: Runs slow functions without holding up the loop.

    Attributes:
        life: The state of the run.
        results: The state, the answer and the error of each row.
        known: The answers that need no request.
    """

    def __init__(
        self,
        count: int,
        prompts: Prompts,
        asker: RowAsker,
        keys: RowKeys,
        pace: Pace,
        spending: Spending,
        file: AnswerFile | None = None,
        *,
        clock: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
        max_attempts: int = 3,
        sends_first_alone: bool = False,
        run_in_thread: RunInThread = asyncio.to_thread,
    ) -> None:
        self.life = RunLife()
        self.results = RowResults(count, changed)
        self.pace = pace
        self.spending = spending
        self.known = KnownAnswers(self.results, file, asker.read)
        self._rows = self.results.rows
        self._keys = keys
        self._clock = clock
        self._changed = changed
        self._ended = ended
        self._retries = Retries(max_attempts)
        self._is_alone = sends_first_alone
        # A row waits in the queue or for another row, its message is made, or it is asked.
        self._queue = RowQueue(count, self._pump)
        self._messages = RowMessages(prompts, run_in_thread, self._on_message)
        self._asked = AskedRows(asker, spending, clock, self._on_event, self._on_end)
        self._timer: asyncio.Handle | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._pump()

    def stop(self, reason: str) -> None:
        """Stop the run and cancel its requests. What is done is kept. Do nothing if the run has ended."""
        self._finish(RunStatus.STOPPED, reason=reason)

    def retry(self, rows: list[int]) -> None:
        """Ask again for rows that have no answer, also after the end of the run."""
        busy = self._queue.all_rows() | self.known.all_followers()
        for row in rows:
            self._retries.forget(row)
            if self._rows[row] in (RowStatus.FAILED, RowStatus.STOPPED):
                self.results.move(row, RowStatus.WAITING)
            if self._rows[row] is RowStatus.WAITING and row not in busy:
                self._queue.append(row)
        if self._queue and self.life.is_over.done():
            self.life.resume()
        self._pump()

    @property
    def running(self) -> int:
        """The number of rows that are being asked or made ready."""
        return len(self._asked) + self._messages.running

    def _pump(self) -> None:
        """Take up as many rows as may begin now, and end the run if there is nothing left to do."""
        self._cancel_timer()
        for _ in range(MAX_ROWS_PER_TURN):
            if not self._queue or not self._may_start():
                break
            self._open(self._queue.take())
        else:
            self._timer = asyncio.get_running_loop().call_soon(self._pump)
        self._end_if_done()

    def _may_start(self) -> bool:
        if not self.life.is_running or (self._is_alone and self.running):
            return False
        now = self._clock()
        if (seconds := self.pace.paused_seconds(now)) is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._pump)
            return False
        if not self.pace.may_start(now, self.running):
            return False
        if self.spending.affords_row():
            return True
        if not self.running:
            self._finish(RunStatus.STOPPED, reason="budget")
        return False

    def _open(self, row: int) -> None:
        try:
            message = self._messages.make(row)
        except Exception as error:
            self.results.fail(row, error)
            return
        if message is None:
            self.results.move(row, RowStatus.RUNNING)
        else:
            self._take(row, message)

    def _on_message(self, row: int, made: UserMessage | Exception | None) -> None:
        if made is None:
            self.results.move(row, RowStatus.STOPPED)
        elif isinstance(made, Exception):
            self.results.fail(row, made)
        else:
            self.results.move(row, RowStatus.WAITING)
            self._take(row, made)
        self._pump()

    def _take(self, row: int, message: UserMessage) -> None:
        """Answer a row from what is known, or ask for it."""
        key = self._keys.key_of(message.blocks)
        end = self.known.find(row, key)
        if end is not None:
            self.known.settle(row, end, is_asked=False)
        elif not self.known.waits_for_other(row, key):
            self._asked.ask(row, key, message)
            self.results.move(row, RowStatus.RUNNING)

    def _on_event(self, row: int) -> None:
        if not self.life.is_running:
            return
        if self._is_alone and self._asked.is_answered(row):
            self._is_alone = False
            self._pump()
        if self.spending.is_spent:
            self._finish(RunStatus.STOPPED, reason="budget")

    def _on_end(self, row: int, asked: AskedRow, end: RowEnd) -> None:
        if end.is_answer:
            self.pace.answered()
            self._retries.answered(row)
            self._is_alone = False
            self._record(row, asked.key, end)
            self.known.settle(row, end)
        elif end.outcome is Outcome.FAILED and end.error is not None:
            self._recover(row, asked, end.error)
        else:
            self.results.move(row, RowStatus.STOPPED)
        self._pump()

    def _record(self, row: int, key: str, end: RowEnd) -> None:
        try:
            self.known.record(row, key, end)
        except OSError as error:
            # Answers that cannot be kept would be paid for again.
            self._finish(RunStatus.FAILED, error=error)

    def _recover(self, row: int, asked: AskedRow, error: Exception) -> None:
        decision = self._retries.decide(row, error)
        is_again = decision.recovery in (Recovery.WAIT, Recovery.REPEAT)
        if is_again and not self.life.is_running:
            self.results.move(row, RowStatus.STOPPED)
        elif decision.recovery is Recovery.WAIT:
            self.pace.refused(self._clock(), asked.sent_at, decision.pause_seconds)
            self.results.move(row, RowStatus.WAITING)
            self._queue.put_back(row)
        elif decision.recovery is Recovery.REPEAT:
            self.results.move(row, RowStatus.WAITING)
            self._queue.rest(row, decision.pause_seconds or 0.0)
        else:
            self._is_alone = False
            self.known.settle(row, RowEnd(Outcome.FAILED, error=error))
            if decision.recovery is Recovery.GIVE_UP_ALL:
                self._finish(RunStatus.FAILED, error=error)

    def _finish(self, status: RunStatus, *, reason: str | None = None, error: Exception | None = None) -> None:
        """End the run, and cancel what runs. `is_over` follows when all requests are closed."""
        if not self.life.is_running:
            return
        self.life.finish(status, reason, error)
        self._cancel_timer()
        self._queue.wake_all()
        # The rows that wait for others are in no queue from now on; a retry takes them up again.
        self.known.release()
        self._messages.cancel()
        self._asked.stop(reason or "failed")
        self._changed()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self.running or self.life.is_over.done():
            return
        if self.life.is_running:
            if self._queue or self._queue.has_resting:
                return
            self.life.finish(RunStatus.DONE)
        self.known.close()
        self._changed()
        self._ended()
        self.life.is_over.set_result(None)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
