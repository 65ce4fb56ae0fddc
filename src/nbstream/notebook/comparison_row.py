"""Row of chats side by side: the question above them, each chat under its name, and one message box for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import anywidget
import ipywidgets
import traitlets

from .assets import STATIC
from .chat.model import ChatModel

COLUMNS = "minmax(min(100%, 18rem), 1fr)"
"""CSS width of a column: at least room for about 35 characters a line. Columns that find no room scroll."""

CSS_CLASS = "nbstream-comparison"
"""The class by which the page's style sheet puts figures under names and folds the chats' boxes."""


class ComparisonBox(anywidget.AnyWidget):
    """Model of the message box that sends each message to all chats of a row. The page sends it to each chat.

    Args:
        chats: The chats.
    """

    # The file's text and not its path; see `ChatModel._esm`.
    _esm = (STATIC / "comparison-box.js").read_text("utf-8")
    _css = traitlets.Unicode().tag(sync=True)
    _chats = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)

    def __init__(self, chats: Iterable[ChatModel]) -> None:
        made_for = list(chats)
        references = [[f"anywidget:{chat.model_id}", chat._bundle] for chat in made_for]
        super().__init__(layout=made_for[0].layout, _css=made_for[0]._css, _chats=references)


def make_row(
    columns: Mapping[str, ipywidgets.DOMWidget], question: str, box: ipywidgets.DOMWidget
) -> ipywidgets.VBox:
    """Make the row of a comparison.

    Args:
        columns: The chats by their names.
        question: The question to show above them; empty if the user reads it in the cell.
        box: The message box for all chats.
    """
    headed = [
        ipywidgets.VBox([ipywidgets.HTML(f"<h4>{escape(name)}</h4>"), chat]) for name, chat in columns.items()
    ]
    layout = {"grid_auto_flow": "column", "grid_auto_columns": COLUMNS, "grid_gap": "1.5em", "overflow": "auto"}
    above = [ipywidgets.HTML(f"<p>{escape(question)}</p>")] if question else []
    row = ipywidgets.VBox([*above, ipywidgets.GridBox(headed, layout=layout), box])
    row.add_class(CSS_CLASS)
    return row
