"""What a chat is asked from a cell: the next message, the same once more, and more of what broke off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from ..content.attachments import as_prompt
from ..content.previews import prepare
from .reading import Reading


class Asking(Reading):
    """The part of `Chat` that begins replies."""

    def ask(self, prompt: Any, *, wait: bool = True, **request: Any) -> Self:
        """Send the next message of this conversation.

        Args:
            prompt: As for `nbstream.chat`.
            wait: Hold the cell until the reply has ended.
            **request: What this request sends beside or instead of the chat's defaults.

        Returns:
            This chat.

        Raises:
            RuntimeError: A reply is running, or the budget is spent.
            TypeError: The prompt is none of the above.
            ValueError: The prompt is empty, or what it is sent with cannot be right.
            anthropic.APIError: The reply failed (only with `wait`).
            KeyboardInterrupt: The kernel was interrupted (only with `wait`).
        """
        content = prepare(as_prompt(prompt))
        return self._begin(lambda: self._conversation.ask(content, request), wait, request)

    def retry(self, *, wait: bool = True) -> Self:
        """Ask for the latest reply again, as the page's button does; what came stays until the new one begins.

        Args:
            wait: Hold the cell until the reply has ended.

        Returns:
            This chat.

        Raises:
            RuntimeError: A reply is running, none was asked for, or the budget is spent.
            anthropic.APIError: The reply failed (only with `wait`).
            KeyboardInterrupt: The kernel was interrupted (only with `wait`).
        """
        return self._begin(self._conversation.retry, wait)

    def continue_(self, *, wait: bool = True) -> Self:
        """Keep what came of a reply that broke off, and have Claude go on from there, as the page's button does.

        Args:
            wait: Hold the cell until the reply has ended.

        Returns:
            This chat, whose `text` is then the whole answer.

        Raises:
            RuntimeError: A reply is running, none was asked for, it is complete, nothing came of it, or the
                budget is spent.
            anthropic.APIError: The reply failed (only with `wait`).
            KeyboardInterrupt: The kernel was interrupted (only with `wait`).
        """
        return self._begin(self._conversation.go_on, wait)

    def _begin(self, begin: Callable[[], object], wait: bool, request: Mapping[str, Any] | None = None) -> Self:
        """Begin a reply, after all that is to be known and done before, and wait for it if that is wanted."""
        raise NotImplementedError
