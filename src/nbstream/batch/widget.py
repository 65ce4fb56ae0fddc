"""`Batch`: the widget that shows one run over many rows, and the class that users work with."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import nullcontext
from typing import Any, NoReturn

import anywidget
import traitlets

from ..notebook.assets import STATIC
from ..notebook.services import kernel_services
from . import waiting
from .arguments import BatchArguments
from .rows.frame import make_frame
from .session import BatchLink, BatchSession


class Batch(anywidget.AnyWidget):
    """The answers to one question a row, shown under a cell. Created by `nbstream.map`.

    Its members may be read and called from any thread.
    """

    # The file's text and not its path; see `Chat._esm`.
    _esm = (STATIC / "batch.js").read_text("utf-8")
    _css = (STATIC / "batch.css").read_text("utf-8")
    _address = traitlets.Unicode().tag(sync=True)
    _chat = traitlets.Unicode().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, arguments: BatchArguments | None = None, *_: object, **__: object) -> None:
        if not isinstance(arguments, BatchArguments):
            raise TypeError("nbstream.Batch is the class of runs, and nbstream.map makes them: nbstream.map(…).")
        services = kernel_services()
        self._is_in_kernel = services.host.has_cells
        key = uuid.uuid4().hex
        super().__init__(model_id=key, _address=services.address_of(key), _chat=key)
        link = BatchLink(
            model_id=key,
            send=services.sender(self.send),
            set_progress=services.sender(lambda progress: setattr(self, "progress", progress)),
            bundle=self._repr_mimebundle_,
            close=self.close,
        )
        self._arguments = arguments
        self._session = BatchSession(services, link, arguments)
        self.columns = self._session.table.names
        self.progress = self._session.progress()
        self.on_msg(lambda _, content, __: self._session.receive(content))

    @property
    def results(self) -> list[Any]:
        """The answer to each row: the output, or the text; `None` where a row has none."""
        return list(self._session.run.results.values)

    @property
    def errors(self) -> list[Exception | None]:
        """The error of each row that has failed; `None` for all other rows."""
        errors = dict(self._session.run.results.errors)
        return [errors.get(row) for row in range(len(self._session.run.results.rows))]

    @property
    def frame(self) -> Any:
        """The rows with the answers in new columns, as a frame of the library that the rows came from.

        An output that is an object has a column for each field. Any other answer is in the column `answer`. A name
        that the rows have already gets the ending `_answer`. Rows without an answer have missing values. Dicts and
        texts become a frame of pandas, or of polars where pandas is not installed.

        Raises:
            ImportError: The rows were dicts or texts, and neither library is installed.
        """
        return make_frame(self._arguments.rows, self._arguments.columns.columns(self.results))

    @property
    def status(self) -> str:
        """The state of the run: `"running"`, `"done"`, `"stopped"` or `"failed"`.

        It is `"failed"` if no row could be asked any more, as with a wrong key. A row that fails does not fail the
        run.
        """
        return str(self._session.run.life.status)

    @property
    def stop_reason(self) -> str | None:
        """Why the run was stopped: `"user"`, `"interrupt"`, `"closed"` or `"budget"`; `None` if it was not."""
        return self._session.run.life.stop_reason

    @property
    def error(self) -> Exception | None:
        """The exception with which the run failed, or `None`."""
        return self._session.run.life.error

    @property
    def usage(self) -> Any:
        """Tokens of all requests of this run so far, as `anthropic.types.Usage`. Rows of the file have none."""
        from ..claude.client import as_usage

        return as_usage(self._session.run.spending.usage)

    @property
    def cost(self) -> float | None:
        """Cost of all requests of this run so far in US dollars, estimated by `nbstream.prices`.

        Rows that were stopped or have failed count too, and rows of the file cost nothing. The cost is `None` if
        the model's price is not known.
        """
        return self._session.run.spending.cost

    def start(self, *, wait: bool) -> Batch:
        """Show the batch and begin to ask; called once, by `nbstream.map`.

        Args:
            wait: Hold the cell until the run has ended.

        Raises:
            OSError: The file cannot be written, or another run writes to it.
            Exception: As for `wait`.
        """
        self._session.open_file()
        self.show()
        # A reply may call a function before the caller waits, and the function is to wait for the caller then.
        with self._session.functions.serving() if wait else nullcontext():
            self._session.start()
            return self.wait() if wait else self

    def stop(self) -> None:
        """Stop the run and end its requests; what is done is kept. Safe at any time, from any thread."""
        self._session.loop.check_process()
        self._session.stop("user")

    def retry(self, *rows: int, wait: bool = True) -> Batch:
        """Ask again for rows without an answer, as the page's buttons do.

        Args:
            *rows: The numbers of the rows, from 0; by default all that have failed or were not asked.
            wait: Hold the cell until the run has ended.

        Raises:
            IndexError: There is no such row.
            OSError: The file cannot be written, or another run writes to it.
            Exception: As for `wait`.
        """
        count = len(self._session.run.results.rows)
        for row in rows:
            if not 0 <= row < count:
                raise IndexError(f"There is no row {row}; the rows have the numbers 0 to {count - 1}.")
        self._session.loop.check_process()
        with self._session.functions.serving() if wait else nullcontext():
            self._session.retry(list(rows) or None)
            return self.wait() if wait else self

    def wait(self, timeout: float | None = None) -> Batch:
        """Block until the run has ended. An interrupt of the kernel stops the run.

        In a browser that cannot hold a cell, a warning says what to write, and this method returns at once.

        Args:
            timeout: The longest wait in seconds; `None` waits as long as it takes.

        Raises:
            TimeoutError: The run has not ended after `timeout` seconds.
            KeyboardInterrupt: The kernel was interrupted.
            anthropic.APIError: No row could be asked any more. A row that fails raises nothing.
        """
        waiting.block(self._session, timeout)
        return self

    def close(self) -> None:
        """Stop the run and take the widget off the page."""
        self._session.close()
        super().close()

    # A batch without references has no running request to stop, because its run would hold the batch.
    __del__ = anywidget.AnyWidget.close

    def show(self) -> None:
        """Show the batch under the running cell. Do nothing in a script, which has no kernel."""
        self._session.host.append_output(self)
        if self._session.host.has_cells:
            self._session.output.show(repr(self), asked=self.status == "running")

    def open(self) -> None:
        """Register the widget with ipywidgets, which keeps it until it is closed; in a script no page needs it."""
        if self._is_in_kernel:
            super().open()

    def __await__(self) -> Generator[Any, None, Batch]:
        """Wait for the run without blocking the loop. A cancelled wait stops the run."""
        yield from waiting.wait(self._session).__await__()
        return self

    def __reduce_ex__(self, *_: object) -> NoReturn:
        """Refuse to be pickled or copied: a batch is a widget with open connections."""
        raise TypeError(
            "A batch cannot be copied or pickled, because it belongs to its page and its kernel. Keep "
            'batch.results or batch.frame, or give the run a file: nbstream.map(…, file="answers.jsonl").'
        )

    __copy__ = __deepcopy__ = __reduce_ex__

    def __repr__(self) -> str:
        return f"<nbstream.Batch {self.status}, {self._session.summary()}>"

    def _ipython_display_(self) -> None:
        self.show()
