"""The hosts in which nbstream runs, and one table of the facts in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class HostKind(Enum):
    """The program that runs the cells and shows their outputs."""

    NOTEBOOK = auto()
    """ipykernel with pages that draw widgets: JupyterLab, Notebook, nbclassic."""
    VS_CODE = auto()
    """ipykernel whose cells VS Code runs."""
    CONSOLE = auto()
    """ipykernel with a front end that may not draw widgets: `jupyter console`, qtconsole, Spyder, Emacs. A page
    that sends no cell ids (nbclassic) is also taken for one until it greets; then the host is `NOTEBOOK`."""
    HEADLESS = auto()
    """ipykernel whose cells are run by nbclient, nbconvert or papermill, with no page."""
    VOILA = auto()
    """ipykernel whose cells are run by Voilà, for a page that draws their widgets."""
    COLAB = auto()
    """Google Colab's ipykernel."""
    PYODIDE = auto()
    """Python in the browser: JupyterLite's kernel, or Pyodide alone."""
    MARIMO = auto()
    """A marimo notebook, which has no IPython."""
    TERMINAL = auto()
    """A script, Python's or IPython's prompt, or the fork of a kernel."""


class AnswerDisplay(Enum):
    """How the user sees an answer."""

    WIDGET = auto()
    """A page draws the widget."""
    WIDGET_OR_PRINTED = auto()
    """A page draws the widget if one greets. Otherwise the answer would have to be printed."""
    OUTPUT_TEXT = auto()
    """The cell's output holds the text, and no user watches the run."""
    PRINTED = auto()
    """A waiting call prints the answer while it streams."""


class FileWriter(Enum):
    """Who brings the answer's text into the notebook's file."""

    PAGE_OR_KERNEL = auto()
    """The page if it says so when it greets; otherwise the kernel leaves the text in the output."""
    KERNEL_BESIDE_VIEW = auto()
    """The kernel leaves the text in the output beside the live view. A page that opens the file without the view's
    model shows the text."""
    KERNEL = auto()
    """The kernel leaves the text in the output, which the host writes to the file."""
    NOBODY = auto()
    """There is no file, so the output keeps the live view."""


class Channel(Enum):
    """A way on which a page's messages reach the kernel."""

    CONTROL = auto()
    """A message type of our own on the control channel; a thread reads it, whatever the cells do."""
    INTERCEPTED_COMM = auto()
    """The comm, whose messages ipykernel's shell stream hands to nbstream before they queue behind a cell."""
    BROADCAST = auto()
    """A `BroadcastChannel` of the browser, which Python in a browser receives from while a cell is set aside."""
    COMM = auto()
    """The comm alone, whose messages the kernel handles between cells."""


@dataclass(frozen=True)
class HostFacts:
    """The facts about a host.

    Attributes:
        display: How the user sees an answer.
        file: Who brings the answer into the notebook's file.
        hears_by: The channels on which messages of pages can arrive.
        frames_from_threads: Whether a frame that a thread sends reaches the page. Otherwise frames must be sent
            from the main thread.
        has_threads: Whether there are threads. Without them `HostLoop` decides at each call whether it can wait.
        pages_after_cells: Whether the page comes after all cells have run, so that no user is there while a cell
            waits.
        widgets_end_with_cell: Whether a widget ends with the cell that made it. Then no chat shares a model with
            chats of other cells.
    """

    display: AnswerDisplay
    file: FileWriter
    hears_by: frozenset[Channel]
    frames_from_threads: bool = True
    has_threads: bool = True
    pages_after_cells: bool = False
    widgets_end_with_cell: bool = False

    @property
    def has_buttons(self) -> bool:
        """Whether a page may be there on which the user can press buttons."""
        return self.display in (AnswerDisplay.WIDGET, AnswerDisplay.WIDGET_OR_PRINTED)


_ALL = frozenset({Channel.CONTROL, Channel.INTERCEPTED_COMM, Channel.COMM})
_COMM_ONLY = frozenset({Channel.COMM})

FACTS: Mapping[HostKind, HostFacts] = {
    HostKind.NOTEBOOK: HostFacts(AnswerDisplay.WIDGET, FileWriter.PAGE_OR_KERNEL, _ALL),
    # VS Code's renderer of widgets falls back to the next MIME type if the kernel has no such model
    # (`FallbackRenderer` in `src/webviews/webview-side/ipywidgets/renderer/index.ts` of microsoft/vscode-jupyter).
    HostKind.VS_CODE: HostFacts(AnswerDisplay.WIDGET, FileWriter.KERNEL_BESIDE_VIEW, _ALL),
    HostKind.CONSOLE: HostFacts(AnswerDisplay.WIDGET_OR_PRINTED, FileWriter.PAGE_OR_KERNEL, _ALL),
    HostKind.HEADLESS: HostFacts(AnswerDisplay.OUTPUT_TEXT, FileWriter.KERNEL, frozenset()),
    # Voilà's server drops control messages of types that it does not know (`allowed_message_types` in its app.py).
    HostKind.VOILA: HostFacts(
        AnswerDisplay.WIDGET,
        FileWriter.NOBODY,
        frozenset({Channel.INTERCEPTED_COMM, Channel.COMM}),
        pages_after_cells=True,
    ),
    # Colab's page gives widgets no kernel object. It is reported not to show updates that threads send
    # (googlecolab/colabtools#3373).
    HostKind.COLAB: HostFacts(
        AnswerDisplay.WIDGET,
        FileWriter.PAGE_OR_KERNEL,
        frozenset({Channel.INTERCEPTED_COMM, Channel.COMM}),
        frames_from_threads=False,
    ),
    HostKind.PYODIDE: HostFacts(
        AnswerDisplay.WIDGET,
        FileWriter.PAGE_OR_KERNEL,
        frozenset({Channel.BROADCAST, Channel.COMM}),
        has_threads=False,
    ),
    # When a cell is run again or deleted, marimo closes the comms that it has opened (`CommLifecycleItem` in its
    # `_plugins/ui/_impl/anywidget/init.py`). The notebook's file holds no outputs.
    HostKind.MARIMO: HostFacts(AnswerDisplay.WIDGET, FileWriter.NOBODY, _COMM_ONLY, widgets_end_with_cell=True),
    HostKind.TERMINAL: HostFacts(AnswerDisplay.PRINTED, FileWriter.NOBODY, frozenset()),
}
"""The facts of each kind of host."""
