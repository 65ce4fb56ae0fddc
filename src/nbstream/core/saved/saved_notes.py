"""Table of the texts that nbstream writes into saved notebooks and files beside the conversations themselves.

A translation is another version of this file and of its twin on the page, `js/src/core/saved/saved-notes.ts`,
which has the first part.
"""

from __future__ import annotations

UNFINISHED = "This answer was still being written when the notebook was saved."
EMPTY = "Nothing had been said in this chat when the notebook was saved."
ELSEWHERE = "This conversation stands in this notebook above."

SPEAKERS = {"user": "You", "assistant": "Claude", "system": "System"}

CALLED = "called {call}"
RAN = "ran {call} → {result}"
UNNAMED_TOOL = "a tool"

# Only the kernel writes the texts below.

WRITING = "Claude is writing this answer."
SILENT = "Nothing has been said in this chat yet."
"""The sentences for a conversation without any text, as long as it is live. A page that does not draw the widget
shows them, such as another reader's in real-time collaboration."""

UNFINISHED_IN_FILE = "This answer was still being written when the file was saved."
