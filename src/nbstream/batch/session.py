"""Session of one batch: connects its run with its pages, its output and the kernel's services.

`Batch` is the public class in front of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..kernel.event_loop import clock
from ..kernel.function_runner import FunctionRunner
from ..kernel.host import Host
from ..notebook.outputs.output import Bundle, Output
from ..notebook.services import KernelServices
from ..tools.calls import ToolRunner
from .arguments import BatchArguments
from .pages import BatchPages
from .progress import ProgressMeter, summary
from .progress_feed import ProgressFeed
from .row_table import RowTable
from .run.pace import Pace
from .run.row_reply import RowAsker
from .run.runner import BatchRun
from .run.spending import Spending
from .run.state import RowStatus, RunStatus

log = logging.getLogger("nbstream")


@dataclass(frozen=True)
class BatchLink:
    """The parts of the widget that its session uses.

    Attributes:
        model_id: The id of the widget's model and of its comm.
        send: Sends one message to all pages.
        set_progress: Sends the progress to all pages.
        bundle: Builds the MIME bundle that shows the widget live.
        close: Closes the widget.
    """

    model_id: str
    send: Callable[[dict[str, Any]], None]
    set_progress: Callable[[dict[str, Any]], None]
    bundle: Callable[[], Bundle | None]
    close: Callable[[], None]


class BatchSession:
    """Everything behind the public members of one batch. Its methods may be called from any thread.

    Args:
        services: The services of the kernel.
        widget: The batch's widget.
        arguments: The batch's checked arguments.

    Attributes:
        run: The run.
        table: Its rows as texts.
        loop: The loop of the run.
        functions: Runs the user's functions.
        output: The outputs that show the batch.
    """

    def __init__(self, services: KernelServices, widget: BatchLink, arguments: BatchArguments) -> None:
        self._services = services
        self._widget = widget
        self.loop = services.loop
        self.functions = FunctionRunner(services.main_thread)
        self._file = arguments.file
        asker = RowAsker(
            arguments.client,
            arguments.request,
            arguments.messages,
            clock,
            arguments.limits,
            partial(ToolRunner, arguments.toolbox, arguments.approve, self.functions, clock)
            if arguments.toolbox
            else lambda *_: None,
        )
        self.run = BatchRun(
            len(arguments.rows),
            arguments.prompts,
            asker,
            arguments.keys,
            Pace(arguments.concurrency),
            Spending(arguments.budget),
            arguments.file,
            clock=clock,
            changed=lambda: self._feed.changed(),
            ended=self._ended,
            max_attempts=arguments.max_attempts,
            sends_first_alone=arguments.sends_first_alone,
            run_in_thread=self.loop.run_in_thread,
        )
        self.table = RowTable(arguments.rows, arguments.columns, self.run, arguments.prompts.columns)
        self._meter = ProgressMeter(self.run, clock())
        self._feed = ProgressFeed(self.loop, self.progress, widget.set_progress, lambda: self._is_running)
        self._saved_revision = -1
        self._listener = services.listener_for_chat(widget.close)
        pages = BatchPages(
            self.loop,
            self.table,
            widget.send,
            self,
            services.host.page_greeted,
            closes_without_view=not services.host.facts.widgets_end_with_cell,
        )
        self.receive: Callable[[object], object] = pages.receive
        if self._listener is not None:
            self.receive = self._listener.subscribe(widget.model_id, widget.model_id, pages.receive)
        self.output = Output(
            services.host,
            {"batch": widget.model_id},
            self._text,
            widget.bundle,
            lambda: False,
            lambda: not self.run.life.is_over.done(),
            keeps_view=True,
        )

    @property
    def host(self) -> Host:
        """The host of this process."""
        return self._services.host

    @property
    def _is_running(self) -> bool:
        return not self.run.life.is_over.done() and self.run.life.status is RunStatus.RUNNING

    def open_file(self) -> None:
        """Open the file of the answers, if there is one.

        Raises:
            OSError: The file cannot be written, or another run writes to it.
        """
        if self._file is not None:
            self._file.open()

    def poll(self) -> None:
        """Receive pending messages of pages while a cell waits on the main thread."""
        if self._listener is not None:
            self._listener.poll()

    def start(self) -> None:
        """Begin to ask."""
        self.loop.call(self._begin, self.run.start)

    def stop(self, reason: str) -> None:
        """Stop the run, from any thread and any signal handler; in a forked child do nothing."""
        self.loop.post(self.run.stop, reason)

    def retry(self, rows: list[int] | None) -> None:
        """Ask again for rows without an answer.

        Args:
            rows: The rows; `None` for all that have failed or were not asked.

        Raises:
            OSError: The file cannot be written, or another run writes to it.
        """
        self.loop.call(self._retry, rows)

    def stop_now(self, reason: str) -> None:
        """Stop the run. Called on its loop."""
        self.run.stop(reason)

    def retry_now(self, rows: list[int] | None) -> None:
        """Ask again for rows without an answer, for a page. Called on the run's loop."""
        try:
            self._retry(rows)
        except OSError as error:
            log.warning("the rows cannot be asked again: %s", error)

    def progress(self) -> dict[str, Any]:
        """Return the progress now."""
        return self._meter.read(clock())

    def summary(self) -> str:
        """Return the progress in one line."""
        return summary(self.progress())

    def finalize(self) -> None:
        """Write the rows into the outputs, for the notebook's file. Called on the main thread."""
        if (
            self.host.has_cells
            and self.run.life.is_over.done()
            and self._saved_revision != self.run.results.rows.revision
        ):
            self._saved_revision = self.run.results.rows.revision
            self.output.finalize()

    def close(self) -> None:
        """Stop the run and disconnect from all pages."""
        self.stop("closed")
        if self._listener is not None:
            self._listener.unsubscribe(self._widget.model_id, self._widget.model_id)

    def _begin(self, begin: Callable[[], None]) -> None:
        if self._listener is not None:
            self._listener.acquire(on_comm=True)
        if self._services.interrupts is not None:
            self._services.interrupts.watch(self.stop)
        begin()

    def _ended(self) -> None:
        self._meter.end(clock())
        if self._listener is not None:
            self._listener.release(on_comm=True)
        if self._services.interrupts is not None:
            self._services.interrupts.unwatch(self.stop)
        self._feed.send_now()
        if (call := self.host.call_on_main) is not None:
            # The run counts as over only after this method, and `finalize` does nothing before.
            self.run.life.is_over.add_done_callback(lambda _: call(self.finalize))

    def _retry(self, rows: list[int] | None) -> None:
        run, states = self.run, self.run.results.rows
        if rows is None:
            again = (RowStatus.FAILED, RowStatus.STOPPED, RowStatus.WAITING)
            rows = [row for row in range(len(states)) if states[row] in again]
        else:
            rows = [row for row in rows if row < len(states) and states[row] is not RowStatus.DONE]
        if not rows:
            return
        if not run.life.is_over.done():
            if run.life.status is RunStatus.RUNNING:
                run.retry(rows)
            return
        self.open_file()
        self._meter.resume(clock())
        self._begin(partial(run.retry, rows))

    def _text(self, _empty: str, _is_plain_whole: bool) -> dict[str, str]:
        line = self.summary()
        return {"text/markdown": f"{line}\n\n{self.table.markdown()}", "text/plain": line}
