"""`nbstream.chat`: what a reader passes in, checked, and a chat made of it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any

from .attachments import as_prompt
from .calls import Approve, checked_approve
from .core.content import as_messages
from .session import remember
from .tools import Toolbox
from .widget import Chat

MODEL = "claude-opus-4-8"
MAX_TOKENS = 64_000
THINKING: Mapping[str, Any] = {"type": "adaptive", "display": "summarized"}
"""Current models keep the text of their thinking back unless asked for a summary."""


def chat(
    prompt: Any = None,
    *,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | None = THINKING,
    tools: Iterable[Any] = (),
    approve: Approve | str | None = None,
    messages: Iterable[Mapping[str, Any]] = (),
    client: Any = None,
    wait: bool = True,
    suggestions: Iterable[str] = (),
    **request: Any,
) -> Chat:
    """Ask Claude; the answer streams under the cell.

    Args:
        prompt: Text, or a list of texts and content blocks as the Messages API takes them; without it an empty
            conversation with a message box.
        model: The model's name; by default `NBSTREAM_MODEL` from the environment, or `"claude-opus-4-8"`.
        system: The system prompt, as the Messages API takes it.
        max_tokens: The most tokens a reply may have.
        thinking: As the Messages API takes it; `None` leaves the field out.
        tools: What Claude may call: Python functions (sync or async) with types and a docstring, the SDK's tool
            objects, or definitions as the Messages API takes them, such as those of its own tools.
        approve: Decides what may run: a function of the tool's name and its arguments (sync or async), or `"ask"`
            for buttons under the answer. By default everything runs that Claude calls.
        messages: Earlier turns to start from, as the Messages API takes them.
        client: Any async Anthropic client; by default the one that the environment describes.
        wait: Hold the cell until the reply has ended. Ignored where nothing can block (Pyodide).
        suggestions: Messages that a reader of an empty conversation can send with one press.
        **request: Anything else that `messages.create` takes.

    Returns:
        The chat.

    Raises:
        TypeError: A prompt, a suggestion, a client or earlier turns of a kind that cannot be sent.
        ValueError: An empty prompt or suggestion.
        anthropic.APIError: The reply failed (only with `wait`).
        KeyboardInterrupt: The kernel was interrupted (only with `wait`).
    """
    _check_client(client)
    content = None if prompt is None else as_prompt(prompt)
    defaults = {"model": model or os.environ.get("NBSTREAM_MODEL") or MODEL, "max_tokens": max_tokens, **request}
    if system is not None:
        defaults["system"] = system
    if thinking is not None:
        defaults["thinking"] = dict(thinking)
    toolbox = Toolbox(tools)
    if toolbox.definitions:
        defaults["tools"] = toolbox.definitions
    made = Chat(
        client,
        defaults,
        as_messages(messages),
        toolbox,
        checked_approve(approve),
        _checked_suggestions(suggestions),
    )
    remember(made)
    made.show(asked=content is not None)
    return made if content is None else made.ask(content, wait=wait)


def _check_client(client: Any) -> None:
    if client is None:
        return
    if not hasattr(client, "messages"):
        raise TypeError(
            # Its type and not its value: it may be a key.
            f"client is a {type(client).__name__}; pass an async Anthropic client, such as "
            "anthropic.AsyncAnthropic(), or nbstream.demo()."
        )
    if not inspect.iscoroutinefunction(getattr(client, "close", None)):
        name = type(client).__name__
        raise TypeError(f"client is {name}, which blocks while it waits; pass its async twin, Async{name}.")


def _checked_suggestions(suggestions: Iterable[str]) -> list[str]:
    if isinstance(suggestions, str) or not isinstance(suggestions, Iterable):
        raise TypeError(f'suggestions is {suggestions!r}; pass a list of texts, such as ["What is in df?"].')
    checked = list(suggestions)
    for index, text in enumerate(checked):
        if not isinstance(text, str):
            raise TypeError(f"suggestions[{index}] is {text!r}; each is a text that can be sent.")
        if not text.strip():
            raise ValueError(f"suggestions[{index}] is blank; write the message that it sends, or leave it out.")
    return checked
