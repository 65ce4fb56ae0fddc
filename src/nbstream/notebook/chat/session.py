"""Session of one chat: connects its conversation with its pages, its outputs and the kernel's services.

`Chat` is the public class in front of it. The session is also the conversation's observer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from ...content.previews import describe
from ...conversation.commands import CommandHandler
from ...conversation.conversation import Conversation
from ...conversation.reply.run import ReplyRun
from ...core.command_frames import Command, Prompt
from ...core.variable_frames import ListVariables
from ...kernel.event_loop import clock
from ...kernel.function_runner import FunctionRunner
from ...kernel.host import Host
from ...kernel.host_facts import FileWriter
from ..connection import Connection
from ..files.autosave import Autosave
from ..files.saved_chat import chat_json
from ..outputs.chat_outputs import ChatOutputs
from ..page_variables import PageVariables
from ..services import KernelServices
from ..settings import abandon_after
from .arguments import ChatArguments, WidgetLink
from .live_traits import ReplyValuesNotifier
from .reply_waits import ReplyWaits


class ChatSession:
    """Everything behind the public members of one chat.

    The methods of `ConversationObserver` are called on the conversation's loop. All others may be called from any
    thread.

    Args:
        services: The services of the kernel.
        widget: The chat's widget.
        arguments: The chat's checked arguments.
    """

    def __init__(self, services: KernelServices, widget: WidgetLink, arguments: ChatArguments) -> None:
        self._services = services
        self._widget = widget
        # The chat uses this loop for its whole life, even if `services.loop` is replaced by another one.
        self._loop = services.loop
        self._listener = services.listener_for_chat(widget.close)
        self._functions = FunctionRunner(services.main_thread)
        self.conversation = Conversation(
            arguments.client,
            arguments.defaults,
            arguments.messages,
            clock,
            self._loop.run_in_thread,
            budget=arguments.budget,
            open_bill=arguments.open_bill,
            new_tool_runner=arguments.new_tool_runner(self._functions),
            show=describe,
            observer=self,
            limits=arguments.limits,
            menu=arguments.menu,
        )
        self.values = ReplyValuesNotifier(self.conversation, services.main_thread.post, clock)
        transcript, meters = self.conversation.transcript, self.conversation.usage_meters
        if arguments.saved is not None:
            arguments.saved.restore(transcript, meters, clock())
        self.models = arguments.menu.names
        text = lambda: chat_json(transcript, self.defaults, meters, self.models)  # noqa: E731
        self._autosave = Autosave(arguments.file, transcript.log, text, self._loop, self.changed)
        self._variables = variables = PageVariables(services.main_thread, self._functions, widget.send)
        self.commands = CommandHandler(self.conversation, self._loop.run_in_thread, read_variables=variables.read)
        self.connection = self._connect()
        self.slack_seconds = self.connection.slack_seconds
        self.outputs = ChatOutputs(
            services.host,
            widget.model_id,
            self.conversation,
            widget.bundle,
            lambda: self.connection.saved_by_page,
        )
        self.outputs.own.cell = arguments.cell
        self.waits = ReplyWaits(
            services.host,
            self._loop,
            self.conversation,
            self.outputs,
            self._autosave,
            self._functions,
            arguments.approve if arguments.toolbox else None,
            stop=self.stop,
            hear_pages=self._listener.poll if self._listener is not None else lambda: None,
            is_printed=arguments.show,
        )
        self._is_shown_when_made = arguments.show
        # The reply that a cell asked for last, and not a page.
        self._run_of_cell: ReplyRun | None = None
        if arguments.moved is not None:
            self._loop.post(self._autosave.schedule)

    @property
    def defaults(self) -> dict[str, Any]:
        """The fields that the next request sends, unless it was given others."""
        return self.conversation.defaults

    @property
    def host(self) -> Host:
        """The host of this process."""
        return self._services.host

    def check_process(self) -> None:
        """Raise `RuntimeError`, with advice, in a forked child of the process that made the chat."""
        self._loop.check_process()

    def begin(self, begin: Callable[[], object], request: Mapping[str, Any], *, wait: bool) -> None:
        """Check everything that can be checked before a request is sent, begin a reply, and wait for its end.

        Args:
            begin: Begins the reply; called on the conversation's loop.
            request: Fields that this request sends beside or instead of the chat's defaults.
            wait: Whether to block until the reply has ended, as `wait` does.

        Raises:
            RuntimeError: A reply is running, the budget is spent, the caller must not wait here, or this process
                is a forked child of the chat's process.
            TypeError, ValueError: A field of the request is not valid.
            Exception: As for `ReplyWaits.wait`.
        """
        self.check_process()
        self.conversation.validate(request)
        abandon_after()
        if wait:
            self.waits.check_may_wait()
        self._widget.mark_used()
        self._watch_interrupts()
        # The reply may call a function before the caller waits, and the function is to wait for the caller then.
        with self._functions.serving() if wait else nullcontext():
            self._loop.call(self._begin_for_cell, begin)
            self.outputs.show_link()
            if wait:
                self.waits.wait()

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply, from any thread and any signal handler; in a forked child do nothing.

        Args:
            reason: The stop reason that the reply ends with.
            turn: The id of the turn whose reply is to be stopped; `None` for whichever reply is running.
        """
        self._loop.post(self.commands.stop, reason, turn)

    def close(self) -> None:
        """Stop the running reply, drop the waiting messages and disconnect from all pages."""
        self._loop.post(self.commands.close)
        if self._listener is not None:
            self._listener.unsubscribe(self._widget.model_id, self._widget.model_id)
        self._loop.post(self.connection.close)

    def changed(self) -> None:
        """Schedule a frame that sends the new text to pages, and report the new values to observers."""
        self.values.changed()
        self.connection.log_changed()

    def started(self) -> None:
        """Begin to watch for interrupts of the kernel and for the absence of every page, because a reply runs."""
        # A chat that was made with `show=False` may do its work without ever being shown.
        if self._is_shown_when_made or self.outputs.is_shown:
            self.connection.watch_presence()
        self._watch_interrupts()
        self._autosave.schedule()
        if self._listener is not None:
            self._listener.acquire()

    def ended(self) -> None:
        """Stop the watches that `started` began, and report a failure where the question was asked."""
        self.outputs.settle_link()
        if self.host.facts.file in (FileWriter.PAGE_OR_KERNEL, FileWriter.KERNEL_BESIDE_VIEW):
            # The cell that asked may have ended. A reply that the message box asked for leaves the chat live.
            keeps_view = self.conversation.run is not self._run_of_cell
            self._services.main_thread.post(partial(self.outputs.finalize, keeps_view=keeps_view))
        self._autosave.schedule()
        self.connection.unwatch_presence()
        if self._listener is not None:
            self._listener.release()
        if self._services.interrupts is not None:
            self._services.interrupts.unwatch(self.stop)

    def finished(self) -> None:
        """Send the first of the waiting messages."""
        self.commands.send_next()

    def _begin_for_cell(self, begin: Callable[[], object]) -> None:
        begin()
        self._run_of_cell = self.conversation.run

    def _connect(self) -> Connection:
        listener = self._listener
        connection = Connection(
            self.conversation.transcript.log,
            self._loop,
            self._widget.send,
            self._on_command,
            self._on_abandoned,
            self._on_page_connected,
            abandon_after,
            listener.was_listening if listener is not None else lambda _: False,
            # Where the host ends a widget with its cell, a missing view is usual: a cell's last value replaces it.
            closes_without_view=not self.host.facts.widgets_end_with_cell,
        )
        self.receive: Callable[[object], object] = connection.receive
        if listener is not None:
            model_id = self._widget.model_id
            self.receive = listener.subscribe(model_id, model_id, connection.receive)
        return connection

    def _watch_interrupts(self) -> None:
        if self._services.interrupts is not None:
            self._services.interrupts.watch(self.stop)

    def _on_command(self, command: Command | ListVariables) -> None:
        match command:
            case ListVariables():
                self._variables.answer(command)
            case Prompt() if self._is_refused(command):
                # The page puts the message back into its box.
                return
            case _ if self.commands.handle(command):
                self._widget.mark_used()

    def _is_refused(self, prompt: Prompt) -> bool:
        return not self.commands.is_duplicate(prompt.key) and self._variables.refuse_missing(prompt)

    def _on_page_connected(self) -> None:
        self.host.page_greeted()
        # The pages learn the cell's id only now, because the output might not have reached them when the chat was
        # shown for the first time.
        self._widget.set_cell(self.outputs.own.cell)
        self.outputs.page_connected()
        if self.conversation.running:
            self.connection.watch_presence()

    def _on_abandoned(self, reason: str) -> None:
        if reason == "closed":
            # Without this, a page that is loaded again would show a chat that the user has removed.
            self._widget.set_cell("")
        self.commands.stop(reason)
