"""Row of chats side by side: the question above them, and each chat under its name."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import ipywidgets

COLUMNS = "minmax(min(100%, 18rem), 1fr)"
"""CSS width of a column: at least room for about 35 characters a line. Columns that find no room scroll."""

CSS_CLASS = "nbstream-comparison"
"""The class by which the page's style sheet puts figures under names and folds the chats' boxes."""


def make_row(columns: Mapping[str, ipywidgets.DOMWidget], question: str) -> ipywidgets.VBox:
    """Make the row of a comparison.

    Args:
        columns: The chats by their names.
        question: The question to show above them; empty if the user reads it in the cell.
    """
    headed = [
        ipywidgets.VBox([ipywidgets.HTML(f"<h4>{escape(name)}</h4>"), chat]) for name, chat in columns.items()
    ]
    layout = {"grid_auto_flow": "column", "grid_auto_columns": COLUMNS, "grid_gap": "1.5em", "overflow": "auto"}
    above = [ipywidgets.HTML(f"<p>{escape(question)}</p>")] if question else []
    row = ipywidgets.VBox([*above, ipywidgets.GridBox(headed, layout=layout)])
    row.add_class(CSS_CLASS)
    return row
