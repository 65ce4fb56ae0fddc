"""`nbstream.map`: asks one question for each row."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .arguments import BatchArguments
from .widget import Batch


def map(  # noqa: A001
    prompt: str | Callable[[Any], Any],
    rows: Any,
    *,
    output: Any = None,
    concurrency: int = 8,
    budget: float | None = None,
    file: str | os.PathLike[str] | None = None,
    wait: bool = True,
    **request: Any,
) -> Batch:
    """Ask Claude one question for each row; one widget shows all of them.

    A row that fails does not fail the run; `batch.errors` has its error. Rows that send the same request are asked
    once. A refusal because of too many requests slows all rows together. The run goes on if its page is closed;
    its budget is what ends it.

    Args:
        prompt: A text with `{{column}}` for the value of a row (`{{row}}` in a list of texts), or a function of a
            row that returns what `nbstream.chat` takes. The function gets a dict, or the text, and is called for
            every row before anything is sent. An image, a table or a file whose braces are alone on their line
            goes as such.
        rows: A data frame (pandas, polars), a list of dicts, or a list of texts.
        output: The type that every answer is held to, as for `nbstream.chat`; with `None`, answers are text.
        concurrency: The most rows to ask at once.
        budget: US dollars that this run may spend, estimated by `nbstream.prices`. More than 10,000 rows need one.
        file: A path that ends in `.jsonl`, to which each answer is written as it comes. A row whose request has an
            answer in the file is not asked again, in this run or another one with the same prompt and settings.
        wait: Hold the cell until the run has ended. As for `nbstream.chat`, some browsers cannot do that.
        **request: Anything else that `nbstream.chat` takes and that holds for all rows: `model`, `system`,
            `max_tokens`, `thinking`, `effort`, `tools`, `approve`, `max_rounds`, `messages`, `cache_control`,
            `client`, `stall_timeout`, and fields of `messages.create`.

    Returns:
        The batch.

    Raises:
        TypeError: An argument is of a kind that cannot be sent.
        ValueError: There are no rows, the prompt names a column that they do not have or none at all, a setting is
            not valid, or the file has the answers to another prompt.
        OSError: The file cannot be read or written, or another run writes to it.
        anthropic.APIError: No row could be asked any more, as with a wrong key (only with `wait`).
        KeyboardInterrupt: The kernel was interrupted (only with `wait`).
    """
    arguments = BatchArguments.checked(
        prompt, rows, output=output, concurrency=concurrency, budget=budget, file=file, **request
    )
    return Batch(arguments).start(wait=wait)
