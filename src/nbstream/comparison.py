"""Comparison of several models' answers to one prompt, side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterable
from typing import Any

from .api import create_chat
from .claude.usage import total
from .content.blocks import as_list
from .content.message import UserMessage
from .core.saved.saved_output import saved_turns, side_by_side
from .kernel.event_loop import clock
from .kernel.host import Host
from .kernel.host_facts import AnswerDisplay
from .kernel.marimo_session import make_row as make_marimo_row
from .notebook.chat.cell_prompt import is_marked, mark_if_in_cell, mark_in_cell, shown_text
from .notebook.chat.widget import Chat
from .notebook.comparison_row import ComparisonBox, make_row
from .notebook.outputs.output import Output


def compare(prompt: Any, models: Iterable[str], *, wait: bool = True, **arguments: Any) -> Comparison:
    """Ask several models the same question; their answers stream side by side, each in a chat of its own.

    Args:
        prompt: As for `nbstream.chat`.
        models: The models' names.
        wait: Hold the cell until all replies have ended.
        **arguments: Anything else that `nbstream.chat` takes. Each chat may spend the whole `budget`.

    Returns:
        The comparison.

    Raises:
        TypeError: An argument is of a kind that cannot be sent.
        ValueError: An argument is not valid. No model has been asked.
        anthropic.APIError: Every reply failed (only with `wait`). If only some failed, their chats say so.
        KeyboardInterrupt: The kernel was interrupted (only with `wait`).
    """
    names = _validate_models(prompt, models, arguments)
    # An iterator would be used up by the first chat.
    arguments |= {name: list(arguments[name]) for name in ("messages", "tools") if name in arguments}
    message = mark_if_in_cell(UserMessage.from_prompt(prompt), prompt)
    question = "" if is_marked(message) else shown_text(message)
    # The question stands above the row, and not once in each chat.
    message = mark_in_cell(message)
    chats: dict[str, Chat] = {}
    try:
        for name in names:
            chats[name] = create_chat(message, model=name, **arguments)
    except BaseException:
        for chat in chats.values():
            chat.close()
        raise
    made = Comparison(chats, question)
    made.show(asked=True)
    for chat in chats.values():
        chat.ask(message, wait=False)
    return made.wait() if wait else made


class Comparison:
    """Chats with several models, shown side by side as one row. Created by `nbstream.compare`.

    Attributes:
        chats: The chat of each model, by the model's name. Each chat can be continued separately.
    """

    def __init__(self, chats: dict[str, Chat], question: str = "") -> None:
        self.chats = chats
        self._question = question
        self._host = next(iter(chats.values()))._session.host
        self._row: Any = None
        self._box: ComparisonBox | None = None
        self._output: Output | None = None
        # Without a kernel no page shows the row, and ipywidgets would keep its widgets for ever.
        if self._host.has_cells:
            self._make_row(self._host)

    def stop(self) -> None:
        """Stop all running replies: keep their text and end the requests."""
        for chat in self.chats.values():
            chat.stop()

    def wait(self, timeout: float | None = None) -> Comparison:
        """Block until all replies have ended. An interrupt of the kernel stops them all.

        In a browser that cannot hold a cell, a warning says what to write, and this method returns at once.

        Args:
            timeout: The longest wait in seconds; `None` waits as long as it takes.

        Returns:
            This comparison.

        Raises:
            TimeoutError: A reply is still running after `timeout` seconds.
            anthropic.APIError: Every reply failed.
            KeyboardInterrupt: The kernel was interrupted.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            for name in self.chats:
                self._wait_for(name, None if deadline is None else max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            self._interrupt()
            raise
        finally:
            self._finalize_output()
        self._raise_if_all_failed([chat.error for chat in self.chats.values()])
        return self

    def close(self) -> None:
        """Stop all replies and take the row off the page."""
        for chat in self.chats.values():
            chat.close()
        for widget in (self._row, self._box):
            if widget is not None:
                widget.close()

    def table(self) -> list[dict[str, Any]]:
        """Return one row per model, as for a data frame: the figures of its latest reply and the cost of its chat.

        Returns:
            Rows with `model`, `seconds`, `tokens` (of output), `cost` (US dollars; `None` without a known price)
            and `stop_reason` (`None` while the reply runs, and after a failure).
        """
        return [_table_row(name, chat) for name, chat in self.chats.items()]

    def show(self, *, asked: bool = False) -> None:
        """Show the row under the running cell. Do nothing in a script, which has no kernel.

        Args:
            asked: Whether a question is sent right after this call.
        """
        self._host.append_output(self)
        if self._output is not None:
            self._output.show(repr(self), asked=asked)

    def __await__(self) -> Generator[Any, None, Comparison]:
        """Wait for all replies without blocking the loop. A cancelled wait stops the replies."""
        return self._wait_for_all().__await__()

    def __repr__(self) -> str:
        return f"<nbstream.Comparison {', '.join(f'{name} {chat.status}' for name, chat in self.chats.items())}>"

    def _ipython_display_(self) -> None:
        self.show()

    def _display_(self) -> object:
        # marimo calls this method to show an object.
        if self._box is None:
            self._box = ComparisonBox(self.chats.values())
        return make_marimo_row(self.chats, self._question, self._box)

    async def _wait_for_all(self) -> Comparison:
        try:
            ends = await asyncio.gather(*self.chats.values(), return_exceptions=True)
        except asyncio.CancelledError:
            self._interrupt()
            raise
        finally:
            self._finalize_output()
        self._raise_if_all_failed(ends)
        return self

    def _wait_for(self, name: str, timeout: float | None) -> None:
        chat = self.chats[name]
        try:
            chat._session.waits.wait(timeout, f"{name}:\n")
        except Exception as error:
            # A failed reply is not raised here: its chat shows the error, and the wait for the others goes on.
            if error is not chat.error:
                raise
            if self._prints:
                print(f"{type(error).__name__}: {error}")

    def _interrupt(self) -> None:
        for chat in self.chats.values():
            chat._session.stop("interrupt")

    def _raise_if_all_failed(self, ends: Iterable[object]) -> None:
        errors = [end for end in ends if isinstance(end, Exception)]
        if len(errors) == len(self.chats):
            raise errors[0]

    def _finalize_output(self) -> None:
        if self._output is not None:
            self._output.finalize()

    @property
    def _prints(self) -> bool:
        # No page of a console has greeted during the wait, or the host would be a notebook now.
        return self._host.facts.display in (AnswerDisplay.PRINTED, AnswerDisplay.WIDGET_OR_PRINTED)

    def _make_row(self, host: Host) -> None:
        self._box = ComparisonBox(self.chats.values())
        self._row = row = make_row(self.chats, self._question, self._box)
        self._output = Output(
            host,
            {"chat": row.model_id, "row": {chat.model_id: name for name, chat in self.chats.items()}},
            self._text,
            lambda: (row._repr_mimebundle_(), {}),
            self._is_saved_by_page,
            lambda: any(chat._session.conversation.running for chat in self.chats.values()),
        )
        for chat in self.chats.values():
            chat._session.outputs.others.append(self._output)

    def _is_saved_by_page(self) -> bool | None:
        """Whether a page writes the notebook's file, as any chat tells; `None` before the first page."""
        known = [chat._session.connection.saved_by_page for chat in self.chats.values()]
        return next((saved for saved in known if saved is not None), None)

    def _text(self, empty: str, is_plain_whole: bool) -> dict[str, str]:
        transcripts = ((name, chat._session.conversation.transcript) for name, chat in self.chats.items())
        saved = [(name, saved_turns(transcript.turns)) for name, transcript in transcripts]
        return side_by_side(saved, empty, is_plain_whole=is_plain_whole)


def _validate_models(prompt: Any, models: Iterable[str], arguments: dict[str, Any]) -> list[str]:
    if prompt is None:
        raise TypeError("compare needs a prompt; nbstream.chat() opens an empty conversation.")
    if "model" in arguments:
        raise TypeError("compare takes models=[…], and no model=; name all models in the list.")
    if "file" in arguments:
        raise TypeError("compare takes no file, because each model has a conversation of its own; save each chat.")
    names = as_list(models, "models", 'a list of names, as in models=["claude-opus-4-8", "claude-haiku-4-5"]')
    if not names:
        raise ValueError("models is empty; give the names of the models to ask.")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"models has {name!r} twice; name each model once.")
    return names


def _table_row(name: str, chat: Chat) -> dict[str, Any]:
    turn = chat._session.conversation.transcript.last_reply
    reply = turn.reply if turn is not None else None
    assert reply is not None
    return {
        "model": name,
        "seconds": round((clock() if reply.ended is None else reply.ended) - reply.began, 3),
        "tokens": reply.usage.get("output_tokens", 0),
        "cost": total(chat._session.conversation.usage_meters),
        "stop_reason": reply.stop_reason,
    }
