"""`nbstream.explain`: asks Claude about the last exception of this kernel."""

from __future__ import annotations

import sys
from typing import Any

from ..api import chat
from ..notebook.chat.widget import Chat
from ..tools.last_failure import last_failure, shown_error
from .question import question_text

_explained: BaseException | None = None
"""The exception that was explained last. If a call of `explain` fails, its own exception becomes the last one of
the kernel. The next call skips that one and asks about the exception stored here."""


class NoExceptionError(RuntimeError):
    """Nothing has failed yet that could be explained."""


def explain(question: str | None = None, **arguments: Any) -> Chat:
    """Ask Claude about the last exception of this kernel; the answer streams under the cell.

    In an `except` block, it is the exception that is being handled. What is sent can be read in the chat: the type
    and the message of the exception and of those that led to it, the lines of your own code in the traceback, the
    failing cell, the types and shapes of the names in the failing line, and the versions of the packages that take
    part. Values of variables are not sent, and keys, tokens and passwords are replaced by marks.

    Args:
        question: What to ask about it, such as `"Why only for the second file?"`. By default Claude explains the
            error, and says how to mend it.
        **arguments: As for `nbstream.chat`.

    Returns:
        The chat, in which you can go on with `chat.ask`.

    Raises:
        TypeError: `question` is not a text, or an argument is of a kind that cannot be sent.
        RuntimeError: There has been no exception yet.
        Exception: As for `nbstream.chat`.
    """
    global _explained
    if question is not None and not isinstance(question, str):
        raise TypeError(
            f"question is a {type(question).__name__}; pass a text, or nothing. An exception of your own goes as "
            'nbstream.chat([error, "Explain"]), with its whole traceback.'
        )
    error = _last_error()
    if error is None:
        raise NoExceptionError(
            "There has been no exception in this kernel yet. Run the cell that fails, and call nbstream.explain() "
            "in a later cell, or call it in an except block."
        )
    _explained = error
    return chat(question_text(error, question), **arguments)


def _last_error() -> BaseException | None:
    handled = sys.exception()
    if handled is not None and not _is_of_explain(handled):
        return handled
    shown = shown_error()
    return last_failure(shown) or (_explained if shown is None or _is_of_explain(shown) else shown)


def _is_of_explain(error: BaseException) -> bool:
    """Tell whether an exception was raised in a call of `explain`."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not explain.__code__:
        trace = trace.tb_next
    return trace is not None
