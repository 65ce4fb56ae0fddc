"""`Chat`: the widget that shows one conversation, and the class that users work with; see also `ChatSession`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import traitlets
from traitlets.traitlets import parse_notifier_name

from ...content.message import UserMessage
from ...conversation.request.output_fields import output_format_of
from ...core.turn import Turn
from ...kernel.comms import send_without_parent
from ...output.reply_output import read_output
from ..files.chat_file import chat_text, check_suffix
from ..files.save import writable_path, write_atomically
from ..services import kernel_services
from .arguments import ChatArguments, WidgetLink
from .last_chat import set_last
from .live_traits import LiveTrait, ReplyValues
from .model import ChatModel
from .session import ChatSession


class Chat(ChatModel):
    """A conversation with Claude, shown under a cell. Created by `nbstream.chat`.

    Its members may be read and called from any thread.
    """

    def __init__(self, arguments: ChatArguments | None = None, *_: object, **__: object) -> None:
        made_from = ChatArguments.checked(arguments)
        services = kernel_services()
        super().__init__(services, made_from)
        key = self._chat
        link = WidgetLink(
            model_id=key,
            send=services.sender(self._send_frame),
            bundle=self._repr_mimebundle_,
            set_cell=services.sender(lambda cell: setattr(self, "_cell", cell)),
            mark_used=lambda: set_last(self),
            close=self.close,
        )
        self._session = ChatSession(services, link, made_from)
        self.on_msg(lambda _, content, __: self._session.receive(content))

    def ask(self, prompt: Any, *more: Any, wait: bool = True, **request: Any) -> Chat:
        """Send the next message of this conversation.

        Args:
            prompt: As for `nbstream.chat`.
            *more: Further parts of the message, as in `chat.ask(df, "Explain")`.
            wait: Hold the cell until the reply has ended.
            **request: Fields that this request sends beside or instead of the chat's defaults.

        Raises:
            RuntimeError: A reply is running, or the budget is spent.
            TypeError: The prompt is of a kind that cannot be sent.
            ValueError: The prompt is empty, or a field of the request is not valid.
            anthropic.APIError: The reply failed (only with `wait`).
            KeyboardInterrupt: The kernel was interrupted (only with `wait`).
        """
        message = prompt if isinstance(prompt, UserMessage) else UserMessage.from_prompt(prompt, *more)
        return self._begin(lambda: self._session.conversation.ask(message, request), request, wait=wait)

    def retry(self, *, wait: bool = True) -> Chat:
        """Request the latest reply again, as the page's button does. Its text stays until the new reply begins.

        Args:
            wait: Hold the cell until the reply has ended.

        Raises:
            RuntimeError: A reply is running, nothing was asked yet, or the budget is spent.
            Exception: As for `ask`.
        """
        return self._begin(self._session.conversation.retry, {}, wait=wait)

    def continue_(self, *, wait: bool = True) -> Chat:
        """Keep the text of a reply that broke off, and have Claude continue it, as the page's button does.

        Args:
            wait: Hold the cell until the reply has ended.

        Returns:
            This chat, whose `text` is then the whole answer.

        Raises:
            RuntimeError: A reply is running, nothing was asked yet, the latest reply is complete or has no text to
                continue, or the budget is spent.
            Exception: As for `ask`.
        """
        return self._begin(self._session.conversation.continue_reply, {}, wait=wait)

    def stop(self) -> None:
        """Stop the running reply: keep its text and end the request. Safe at any time, from any thread."""
        self._session.check_process()
        self._session.stop("user")

    def wait(self, timeout: float | None = None) -> Chat:
        """Block until the running reply has ended. An interrupt of the kernel stops the reply.

        In a browser that cannot hold a cell, a warning says what to write, and this method returns at once.

        Args:
            timeout: The longest wait in seconds; `None` waits as long as it takes.

        Raises:
            TimeoutError: The reply is still running after `timeout` seconds.
            anthropic.APIError: The reply failed.
            KeyboardInterrupt: The kernel was interrupted.
        """
        self._session.waits.wait(timeout)
        return self

    def close(self) -> None:
        """Stop the running reply and take the widget off the page."""
        self._session.close()
        super().close()

    @property
    def text(self) -> str:
        """The text of the latest reply so far, with exactly the characters that Claude sent.

        A blank line stands between text blocks that do not continue each other, such as those before and after a
        call of a tool; see `Turn.continued_block`. `message` has the blocks themselves.
        """
        return self._reply_text("text")

    @property
    def thinking(self) -> str:
        """The summary of Claude's thinking in the latest reply."""
        return self._reply_text("thinking")

    @property
    def message(self) -> Any:
        """The latest reply as an `anthropic.types.Message`; `None` before the first reply.

        If the reply has not finished, the message holds the part that has arrived.
        """
        turn = self._last_reply
        if turn is None or turn.reply is None or not turn.reply.message:
            return None
        from ...claude.client import as_message

        return as_message({**turn.reply.message, "content": [block.to_param() for block in turn.blocks]})

    @property
    def output(self) -> Any:
        """The latest reply as the type that `output=` asked for; `None` until it is complete, and for text."""
        run, turn = self._session.conversation.run, self._last_reply
        if run is not None and run.turn is turn:
            return run.output
        # The reply is another version, or one of a file.
        return read_output(output_format_of(self._session.defaults), turn)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation as the Messages API takes it. It can be sent again, even after a stop or a failure."""
        return self._session.conversation.transcript.messages()

    @LiveTrait
    def status(self) -> str:
        """The state of the latest reply: `"waiting"`, `"streaming"`, `"done"`, `"stopped"` or `"failed"`.

        It is `"idle"` before the first reply.
        """
        return self._session.values.status

    @LiveTrait
    def stop_reason(self) -> str | None:
        """The reason why the latest reply ended.

        It is a stop reason of the API or one of nbstream's own: `"user"`, `"interrupt"`, `"closed"`,
        `"abandoned"`, `"budget"` and `"rounds"`. It is `None` while the reply runs, and after a failure.
        """
        return self._session.values.stop_reason

    @property
    def error(self) -> BaseException | None:
        """The exception with which the latest reply failed, or `None`."""
        run = self._session.conversation.run
        # The user may have selected an earlier version of the reply, whose exception is no longer known.
        return run.error if run is not None and run.turn is self._last_reply else None

    @property
    def usage(self) -> Any:
        """Tokens of all replies so far, as `anthropic.types.Usage`."""
        from ...claude.client import as_usage

        return as_usage(self._session.conversation.transcript.usage())

    @LiveTrait
    def cost(self) -> float | None:
        """Cost of all replies so far in US dollars, estimated by `nbstream.prices`.

        Stopped and failed replies count too. The cost is `None` if a model's price is not known.
        """
        return self._session.values.cost

    def observe(self, handler: Callable[[Any], Any], names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002  traitlets' own word
        """Call a function at each change of a trait, as ipywidgets do. `link` and `dlink` take the traits too.

        The traits `status`, `stop_reason` and `cost` follow the chat's replies and cannot be set. Handlers of
        their changes run on the main thread, in order: a cell that waits for the reply calls them meanwhile, an
        idle kernel at once, and a kernel that is busy with another cell after that cell. The cost of a running
        reply is reported at most once a second.

        Args:
            handler: Called with the change, which has `name`, `old`, `new` and `owner`.
            names: The names of traits, such as `"status"`.
            type: The kind of notice.
        """
        super().observe(handler, names, type)
        # traitlets calls this method for its own handlers before the chat has a session.
        if not {traitlets.All, *ReplyValues._fields}.isdisjoint(parse_notifier_name(names)):
            self._session.values.start(self._notify_trait)

    def to_markdown(self) -> str:
        """Return the conversation as Markdown, with one line for each tool call, picture and file."""
        from ...core.saved.saved_output import to_markdown

        return to_markdown(self._session.conversation.transcript.turns)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the conversation to a file in UTF-8, completely or not at all.

        Args:
            path: The file's path. A leading `~` means the home folder. A name that ends in `.md` gets the text as
                Markdown. One that ends in `.html` gets it as one page without scripts, which loads nothing (needs
                `pip install nbstream[html]`). One that ends in `.json` gets all that `nbstream.load` reads: the
                messages as the API takes them, with attachments, all versions of each turn, tokens and cost.
            overwrite: Replace an existing file.

        Returns:
            The file's path.

        Raises:
            ValueError: The name has another suffix.
            ImportError: The name ends in `.html`, and markdown-it-py is not installed.
            FileExistsError: The file exists, and `overwrite` is not set.
            FileNotFoundError: The folder does not exist.
            IsADirectoryError: The path is a folder.
        """
        file = writable_path(path, overwrite=overwrite)
        check_suffix(file)
        session, talk = self._session, self._session.conversation
        text = chat_text(file, talk.transcript, talk.defaults, talk.usage_meters, session.models)
        return write_atomically(file, text)

    def show(self, *, asked: bool = False) -> None:
        """Show the chat under the running cell. Do nothing in a script, which has no kernel.

        Args:
            asked: Whether a question is sent right after this call.
        """
        self._session.host.append_output(self)
        self._session.outputs.show(repr(self), asked=asked)

    def __await__(self) -> Generator[Any, None, Chat]:
        """Wait for the running reply without blocking the loop. A cancelled wait stops the reply."""
        yield from self._session.waits.wait_async().__await__()
        return self

    def __aiter__(self) -> AsyncIterator[str]:
        """Iterate over the running reply's text as it arrives, from the reply's beginning."""
        return self._session.waits.aiter_text()

    def __iter__(self) -> NoReturn:
        """Refuse iteration without `async`, because it would block the cell between the pieces of text."""
        raise TypeError(
            "A chat is read piece by piece with async for piece in chat; chat.text has the text so far."
        )

    def __repr__(self) -> str:
        return f"<nbstream.Chat {self.status}, {len(self.text):,} characters>"

    def _ipython_display_(self) -> None:
        self.show()

    @property
    def _last_reply(self) -> Turn | None:
        return self._session.conversation.transcript.last_reply

    def _reply_text(self, type_: str) -> str:
        turn = self._last_reply
        return turn.text(type_) if turn is not None else ""

    def _send_frame(self, frame: Mapping[str, Any]) -> None:
        # A page may greet, and another thread may answer it, before the session is made.
        session = getattr(self, "_session", None)
        is_for_writers = session is not None and session.connection.has_only_writers
        if not (is_for_writers and send_without_parent(self.comm, frame)):
            self.send(frame)

    def _begin(self, begin: Callable[[], object], request: Mapping[str, Any], *, wait: bool) -> Chat:
        self._session.begin(begin, request, wait=wait)
        return self
