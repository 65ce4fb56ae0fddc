"""Checked arguments of `nbstream.map`, from which a batch is made. All that can be checked is checked here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..content.blocks import as_messages
from ..conversation.reply.limits import MAX_TOOL_ROUNDS, ReplyLimits
from ..conversation.request.caller_fields import merge_fields
from ..conversation.request.checks import build_defaults, check_request, reply_limits
from ..conversation.request.default_fields import CACHE_CONTROL
from ..conversation.request.output_fields import output_format_of
from ..core.history import check_history
from ..tools.approvals import Approve, validate_approve
from ..tools.toolbox import Toolbox
from .rows.prompts import Prompts
from .rows.result_columns import ResultColumns
from .rows.source import Rows, read_rows
from .run.answer_file import AnswerFile
from .run.cached_prefix import has_shared_prefix, with_cached_prefix
from .run.row_key import RowKeys

MAX_CONCURRENCY = 1_000
"""The most connections that the SDK's client opens at once (`DEFAULT_CONNECTION_LIMITS`)."""

MAX_ROWS_WITHOUT_BUDGET = 10_000
"""At a cent a row, which a short answer with some thinking costs, these are a hundred dollars: the most that one
line of a cell should spend by mistake."""

OF_CHATS = ("models", "show", "suggestions")
"""Arguments of `nbstream.chat` that have no meaning here."""


@dataclass(frozen=True)
class BatchArguments:
    """Everything that a batch is made from.

    Attributes:
        rows: The user's rows.
        prompts: The prompt of each row.
        columns: The columns of the results.
        client: The client, which repeats no request by itself.
        max_attempts: How often a row is sent whose request fails in a way that may pass.
        request: The fields that every request sends.
        messages: The messages before each row's own.
        keys: Makes the keys of the rows.
        file: The file of the answers; `None` for none.
        concurrency: The most requests at once.
        budget: US dollars that the run may cost; `None` for no limit.
        toolbox: The user's functions.
        approve: Decides which calls of them may run.
        limits: The limits of each reply.
        sends_first_alone: Whether the first request is sent before the others.
    """

    rows: Rows
    prompts: Prompts
    columns: ResultColumns
    client: Any
    max_attempts: int
    request: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    keys: RowKeys
    file: AnswerFile | None
    concurrency: int
    budget: float | None
    toolbox: Toolbox
    approve: Approve | str | None
    limits: ReplyLimits
    sends_first_alone: bool

    @classmethod
    def checked(
        cls,
        prompt: Any,
        rows: Any,
        *,
        output: Any = None,
        concurrency: Any = 8,
        budget: Any = None,
        file: str | os.PathLike[str] | None = None,
        client: Any = None,
        messages: Any = (),
        cache_control: Any = CACHE_CONTROL,
        approve: Any = None,
        max_rounds: Any = MAX_TOOL_ROUNDS,
        stall_timeout: Any = None,
        **fields: Any,
    ) -> BatchArguments:
        """Check the arguments of `nbstream.map`, and read the rows and the file.

        Raises:
            TypeError: An argument is of a kind that cannot be used.
            ValueError: An argument is not valid.
            OSError: The file cannot be read.
            anthropic.CredentialsError: No key was found.
        """
        _check_concurrency(concurrency)
        if name := next((name for name in OF_CHATS if name in fields), None):
            raise TypeError(f"map takes no {name}, which belongs to a chat; leave {name} out.")
        read = read_rows(rows)
        defaults, toolbox = build_defaults(client, output=output, cache_control=None, **fields)
        check_request(defaults, client, budget)
        _check_row_count(len(read), budget)
        history = as_messages(messages)
        check_history([*history, {"role": "user", "content": [{"type": "text", "text": "…"}]}])
        control = merge_fields({}, {"cache_control": cache_control}).get("cache_control")
        limits = reply_limits(max_rounds, stall_timeout)
        _check_approve(approve)
        prompts = Prompts.of(prompt, read)
        keys = RowKeys(defaults, history, prompts.template)
        request, shared = with_cached_prefix(defaults, history, control)
        return cls(
            read,
            prompts,
            ResultColumns(output_format_of(defaults), read.columns),
            *_prepare_client(client, request),
            request,
            shared,
            keys,
            None if file is None else AnswerFile(file, keys.parts),
            concurrency,
            budget,
            toolbox,
            approve,
            limits,
            control is not None and has_shared_prefix(request, shared),
        )


def _prepare_client(client: Any, request: Mapping[str, Any]) -> tuple[Any, int]:
    """Return the client of the run and the attempts for each row, after the client's own check of the request."""
    from ..claude.client import client_for_many
    from ..claude.event_stream import as_arguments

    made, attempts = client_for_many(client)
    as_arguments(made, {**request, "messages": []})
    return made, attempts


def _check_concurrency(concurrency: object) -> None:
    if isinstance(concurrency, bool) or not isinstance(concurrency, int):
        raise TypeError(f"concurrency is {concurrency!r}; give the most rows to ask at once, a whole number.")
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        raise ValueError(
            f"concurrency is {concurrency}; give the most rows to ask at once, from 1 to {MAX_CONCURRENCY:,}."
        )


def _check_row_count(count: int, budget: float | None) -> None:
    if count > MAX_ROWS_WITHOUT_BUDGET and budget is None:
        raise ValueError(
            f"rows has {count:,} rows, and each is a request that costs money. Above {MAX_ROWS_WITHOUT_BUDGET:,} "
            "rows, give the most US dollars that all may cost, as in budget=20; or try with rows[:100] first."
        )


def _check_approve(approve: object) -> None:
    if validate_approve(approve) == "ask":
        raise ValueError(
            'approve="ask" shows buttons in a chat, and a batch has none; give a function of the tool\'s name and '
            "its arguments."
        )
