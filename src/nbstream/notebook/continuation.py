"""Continuation of a chat whose kernel was restarted or has ended, in the kernel that came after it.

A page still shows the chat then. When its user presses "Continue here", the page runs one fixed statement, which
calls `accept`, and sends the conversation over a comm. So the conversation arrives as data, and nothing of it is
run. The page's end is `js/src/jupyterlab/continuation.ts`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..claude.usage import budgeted_total
from ..conversation.model_menu import menu_of
from ..conversation.reply.limits import MAX_TOOL_ROUNDS
from ..conversation.request.checks import build_defaults, check_request, reply_limits
from ..core.protocol import VERSION
from ..core.saved.turn_records import RecordError
from ..core.short_repr import short_repr
from ..kernel.comms import open_comms, register_comm_target
from .chat.arguments import ChatArguments, MovedChat
from .chat.last_chat import set_last
from .chat.widget import Chat
from .files.autosave import ChatFile
from .files.saved_chat import SavedChat, read_chat

log = logging.getLogger("nbstream")

COMM_TARGET = "nbstream.continue"

LOST_CLIENT = (
    "This chat had a client of its own, which ended with its kernel. Go on in a cell, with "
    "nbstream.chat(messages=nbstream.last.messages, client=…)."
)
"""The refusal of a chat whose client is gone. The default client may send the conversation to another service than
the one that the user has chosen."""

SPENT_BUDGET = (
    "This chat has spent its budget. Go on in a cell, with "
    "nbstream.chat(messages=nbstream.last.messages, budget=…), which begins a new one."
)

_MODEL_ID = re.compile(r"[0-9a-f]{32}")


def accept() -> None:
    """Let pages send conversations to this kernel. Pages of other versions of nbstream call this by its name."""
    register_comm_target(COMM_TARGET, _on_open)


def continue_chat(data: Mapping[str, Any]) -> None:
    """Make a chat from what a page kept of it. Do nothing if this kernel has the chat already.

    Args:
        data: The version of the protocol (`v`), the ids of the widget's model (`chat`) and of its cell (`cell`),
            the `settings` and `suggestions` as the page got them, the records of the `turns`, and the `model` that
            was chosen from a menu.

    Raises:
        TypeError, ValueError: The data does not describe a chat.
    """
    if data.get("v") != VERSION:
        raise ValueError(
            f"The page is of another version of nbstream ({short_repr(data.get('v'), 60)}, here {VERSION}); load "
            "the page again."
        )
    model_id, settings = data.get("chat"), data.get("settings")
    if not isinstance(model_id, str) or not _MODEL_ID.fullmatch(model_id) or not isinstance(settings, Mapping):
        raise RecordError(f"{short_repr(model_id, 60)} with {short_repr(settings, 60)} is not a chat")
    if model_id not in open_comms():
        set_last(_make_chat(model_id, settings, data))


def _make_chat(model_id: str, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Chat:
    saved = SavedChat.from_records(settings.get("request"), data.get("turns"))
    fields = dict(saved.fields)
    menu = menu_of(fields.pop("models", ()), fields.get("model"))
    if data.get("model") is not None:
        menu.choose(data["model"])
    defaults, toolbox = build_defaults(None, **{**fields, **menu.fields})
    budget, refusal = _remaining(settings.get("budget"), saved)
    saved, file = _with_file(saved, settings.get("file"))
    if budget is not None:
        # The chat counts the costs of its meters as spent once more.
        budget += budgeted_total(saved.meters)
    check_request(defaults, None, budget)
    suggestions = data.get("suggestions")
    if settings.get("has_own_client") is True:
        refusal = LOST_CLIENT
    return Chat(
        ChatArguments(
            None,
            defaults,
            budget=budget,
            toolbox=toolbox,
            limits=reply_limits(MAX_TOOL_ROUNDS, None),
            suggestions=[str(text) for text in suggestions] if isinstance(suggestions, list) else [],
            saved=saved,
            file=file,
            menu=menu,
            moved=MovedChat(model_id, str(data.get("cell") or ""), settings, refusal),
        )
    )


def _with_file(shown: SavedChat, path: Any) -> tuple[SavedChat, ChatFile | None]:
    """Return a conversation with all that its file has of it, and the file.

    A file that holds another conversation is not written: the page is told so at the first attempt.

    Args:
        shown: The conversation as the page kept it.
        path: The path of the file; `None` if the chat has none.

    Raises:
        TypeError, ValueError, OSError: There cannot be such a file.
    """
    if path is None:
        return shown, None
    file = ChatFile(path)
    if not file.exists:
        return shown, file
    with suppress(ValueError):
        if (completed := shown.completed_by(read_chat(path))) is not None:
            return completed, file
    file.leave_alone()
    return shown, file


def _remaining(budget: Any, saved: SavedChat) -> tuple[Any, str]:
    """Return the US dollars of a budget that the earlier replies have left, and a refusal if that is nothing."""
    if budget is None:
        return None, ""
    spent = sum(recorded.turn.reply.cost or 0.0 for recorded in saved.turns if recorded.turn.reply is not None)
    return (budget - spent, "") if spent < budget else (None, SPENT_BUDGET)


def _on_open(comm: Any, message: Mapping[str, Any]) -> None:
    try:
        continue_chat(message["content"]["data"])
        comm.send({})
    except Exception as error:
        log.warning("a conversation could not be continued", exc_info=True)
        comm.send({"error": f"The conversation cannot be continued here: {error}"})
    finally:
        comm.close()
