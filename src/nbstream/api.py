"""`nbstream.chat`: what a reader passes in, checked, and a chat made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .content.attachments import as_prompt
from .content.blocks import Content, as_list, as_messages
from .content.previews import prepare
from .conversation.request import CACHE_CONTROL, MAX_TOKENS, THINKING, check_request, defaults_of
from .core.messages import check_history
from .notebook.settings import abandon_after
from .notebook.widget import Chat, set_last
from .tools.calls import Approve, checked_approve


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
    cache_control: Mapping[str, Any] | None = CACHE_CONTROL,
    client: Any = None,
    wait: bool = True,
    budget: float | None = None,
    suggestions: Iterable[str] = (),
    **request: Any,
) -> Chat:
    """Ask Claude; the answer streams under the cell.

    Args:
        prompt: Text, or a list of parts: texts, Pillow images, Matplotlib figures, data frames (pandas, polars),
            `bytes` or a `Path` of an image, a PDF or a text file, content blocks as the Messages API takes them.
            Without it an empty conversation with a message box.
        model: The model's name; by default `NBSTREAM_MODEL` from the environment, or `"claude-opus-4-8"`.
        system: The system prompt, as the Messages API takes it.
        max_tokens: The most tokens a reply may have.
        thinking: As the Messages API takes it; `None` leaves the field out.
        tools: What Claude may call: Python functions (sync or async) with types and a docstring, the SDK's tool
            objects, or definitions as the Messages API takes them, such as those of its own tools.
        approve: Decides what may run: a function of the tool's name and its arguments (sync or async), or `"ask"`
            for buttons under the answer. By default everything runs that Claude calls.
        messages: Earlier turns to start from, as the Messages API takes them.
        cache_control: How the conversation is cached, as the Messages API takes it; `None` does not cache.
        client: Any async Anthropic client; by default the one that the environment describes.
        wait: Hold the cell until the reply has ended. Ignored where nothing can block (Pyodide).
        budget: US dollars that this chat may spend, estimated by `nbstream.prices`. A reply that gets there is
            stopped, and nothing more is asked.
        suggestions: Messages that a reader of an empty conversation can send with one press.
        **request: Anything else that `messages.create` takes.

    Returns:
        The chat.

    Raises:
        TypeError: Something of a kind that cannot be sent.
        ValueError: An empty prompt or suggestion, earlier turns that the API would refuse, a model's name with a
            slip, `max_tokens` beyond the model's, a budget for a model without a known price.
        anthropic.APIError: The reply failed (only with `wait`).
        KeyboardInterrupt: The kernel was interrupted (only with `wait`).
    """
    made, content = make(
        prompt,
        model=model,
        system=system,
        max_tokens=max_tokens,
        thinking=thinking,
        tools=tools,
        approve=approve,
        messages=messages,
        cache_control=cache_control,
        client=client,
        budget=budget,
        suggestions=suggestions,
        **request,
    )
    set_last(made)
    made.show(asked=content is not None)
    return made if content is None else made.ask(content, wait=wait)


def make(
    prompt: Any = None,
    *,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | None = THINKING,
    tools: Iterable[Any] = (),
    approve: Approve | str | None = None,
    messages: Iterable[Mapping[str, Any]] = (),
    cache_control: Mapping[str, Any] | None = CACHE_CONTROL,
    client: Any = None,
    budget: float | None = None,
    suggestions: Iterable[str] = (),
    **request: Any,
) -> tuple[Chat, Content | None]:
    """A chat that is not shown yet, and what it is to be asked; see `chat`."""
    defaults, toolbox = defaults_of(
        client,
        model=model,
        system=system,
        max_tokens=max_tokens,
        thinking=thinking,
        tools=tools,
        cache_control=cache_control,
        **request,
    )
    content = None if prompt is None else prepare(as_prompt(prompt))
    check_request(defaults, client, budget)
    # Before anything is shown, which would stand there without an answer.
    abandon_after()
    history = as_messages(messages)
    check_history(history if content is None else [*history, {"role": "user", "content": content}])
    made = Chat(
        client,
        defaults,
        history,
        budget=budget,
        toolbox=toolbox,
        approve=checked_approve(approve),
        suggestions=_checked_suggestions(suggestions),
    )
    return made, content


def _checked_suggestions(suggestions: Iterable[str]) -> list[str]:
    checked = as_list(suggestions, "suggestions", 'a list of texts, such as ["What is in df?"]')
    for index, text in enumerate(checked):
        if not isinstance(text, str):
            raise TypeError(f"suggestions[{index}] is {text!r}; each is a text that can be sent.")
        if not text.strip():
            raise ValueError(f"suggestions[{index}] is blank; write the message that it sends, or leave it out.")
    return checked
