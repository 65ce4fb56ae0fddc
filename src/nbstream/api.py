"""`nbstream.chat` and `nbstream.load`: check their arguments and create a chat from them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from .content.blocks import as_messages, as_texts
from .content.message import UserMessage
from .conversation.model_menu import menu_of
from .conversation.reply.limits import MAX_TOOL_ROUNDS
from .conversation.request.checks import build_defaults, check_request, reply_limits
from .conversation.request.default_fields import CACHE_CONTROL, MAX_TOKENS, THINKING
from .core.history import check_history
from .kernel.host import current_host
from .notebook.chat.arguments import ChatArguments
from .notebook.chat.cell_prompt import mark_if_in_cell
from .notebook.chat.last_chat import set_last
from .notebook.chat.widget import Chat
from .notebook.files.autosave import ChatFile
from .notebook.files.saved_chat import SavedChat, read_chat
from .notebook.outputs.containers import watch_containers
from .notebook.settings import abandon_after
from .tools.approvals import Approve, check_may_ask, validate_approve


def chat(
    prompt: Any = None,
    *,
    model: str | None = None,
    models: Iterable[str] = (),
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | bool | str | None = THINKING,
    effort: str | None = None,
    output: Any = None,
    tools: Iterable[Any] = (),
    approve: Approve | str | None = None,
    max_rounds: int = MAX_TOOL_ROUNDS,
    messages: Iterable[Mapping[str, Any]] = (),
    file: str | os.PathLike[str] | None = None,
    cache_control: Mapping[str, Any] | bool | str | None = CACHE_CONTROL,
    client: Any = None,
    stall_timeout: float | None = None,
    wait: bool = True,
    show: bool = True,
    budget: float | None = None,
    suggestions: Iterable[str] = (),
    **request: Any,
) -> Chat:
    """Ask Claude; the answer streams under the cell.

    Args:
        prompt: Text, or a list of parts. A part is a text, a Pillow image, a Matplotlib figure, a data frame
            (pandas or polars), the `bytes` or the `Path` of an image, a PDF or a text file, an exception as its
            traceback, or a content block as the Messages API takes it. Without a prompt, the chat begins as an
            empty conversation with a message box.
        model: The model's name; by default `NBSTREAM_MODEL` from the environment, or `"claude-opus-4-8"`.
        models: Names of models that the user can choose from beside the message box. The chosen one answers the
            next messages. It is `model` at first, or the first name.
        system: The system prompt, as the Messages API takes it.
        max_tokens: The most tokens a reply may have.
        thinking: As the Messages API takes it, or `True` for the default. `None`, `False` and `"off"` leave the
            field out. The default is changed into a form that the model takes.
        effort: `"low"`, `"medium"`, `"high"`, `"xhigh"` or `"max"`, sent as `output_config.effort`. With `None`,
            the API's default applies.
        output: The type that every reply is held to: a pydantic model, dataclass, TypedDict, `Literal`, enum,
            `list[…]` of these, or a JSON schema. The value is in `chat.output`; the page shows its fields and rows
            as they come. With `None`, replies are text.
        tools: Functions that Claude may call: Python functions (sync or async), partials and callable objects with
            types and a docstring, the SDK's tool objects, or definitions as the Messages API takes them, such as
            those of the API's own tools.
        approve: Decides whether a call may run. It is a function (sync or async) of the tool's name and its
            arguments, or `"ask"` for buttons on the card of each call. By default every call runs.
        max_rounds: The most requests with tool results that one reply sends automatically.
        messages: Earlier turns to start from, as the Messages API takes them.
        file: A path that ends in `.json`, in which the conversation lives. If the file exists, the chat goes on
            from it, with its model and its other settings where none are given here. It is written (whole, or not
            at all) when a turn begins and when it ends. Functions, the client and headers are not in it.
        cache_control: How the conversation is cached, as the Messages API takes it, or `"5m"` or `"1h"`; `None`
            does not cache.
        client: Any async Anthropic client; by default the one that the environment describes.
        stall_timeout: Seconds without a byte from the API after which a reply is ended. The default is 60 for the
            Claude API, which sends pings. For other servers it is the read timeout of the client.
        wait: Hold the cell until the reply has ended. In a browser that cannot do that (Pyodide without JavaScript
            Promise Integration), a warning says what to write instead.
        show: Show the chat under the running cell. With `False` the question is asked, and the chat is shown where
            you put it, as in `HBox([chat, plot])`. A terminal then prints nothing.
        budget: US dollars that this chat may spend, estimated by `nbstream.prices`. A reply that reaches the
            budget is stopped, and no further request is sent.
        suggestions: Messages that the user of an empty conversation can send with one press.
        **request: Anything else that `messages.create` takes, also for betas. `betas` are sent as their header,
            `temperature`, `top_p` and `top_k` in the body.

    Returns:
        The chat.

    Raises:
        TypeError: An argument is of a kind that cannot be sent.
        nbstream.OutputError: The reply has ended without the `output` that was asked for (only with `wait`).
        OSError: The file cannot be read or written, or another chat has written to it.
        ValueError: The prompt or a suggestion is empty, the API would refuse the earlier turns, the model is
            misspelt, `max_tokens` is above the model's limit, a budget is set for a model without a known
            price, or the file is not a conversation that this version of nbstream reads.
        anthropic.APIError: The reply failed (only with `wait`).
        KeyboardInterrupt: The kernel was interrupted (only with `wait`).
    """
    message = None if prompt is None else UserMessage.from_prompt(prompt)
    if wait and message is not None:
        check_may_ask(approve, current_host())
    made = create_chat(
        message,
        model=model,
        models=models,
        system=system,
        max_tokens=max_tokens,
        thinking=thinking,
        effort=effort,
        output=output,
        tools=tools,
        approve=approve,
        max_rounds=max_rounds,
        messages=messages,
        file=file,
        cache_control=cache_control,
        client=client,
        stall_timeout=stall_timeout,
        show=show,
        budget=budget,
        suggestions=suggestions,
        **request,
    )
    set_last(made)
    if show:
        made.show(asked=message is not None)
    if message is None:
        return made
    # An earlier question, or another cell, may stand between the prompt and its answer.
    is_below_prompt = show and not made.messages
    return made.ask(mark_if_in_cell(message, prompt) if is_below_prompt else message, wait=wait)


def load(path: str | os.PathLike[str], *, client: Any = None, show: bool = True, **arguments: Any) -> Chat:
    """Load a conversation that `chat.save` or `file=` wrote, and show it under the cell with a message box.

    The file is only read. With `file=path`, the chat is also written to it after each turn.

    Args:
        path: The path of a `.json` file. A leading `~` means the home folder.
        client: As for `nbstream.chat`.
        show: As for `nbstream.chat`.
        **arguments: What `nbstream.chat` takes beside a prompt and earlier messages. Functions are not in the
            file, so give `tools=` again. Anything else that is not given is as it was.

    Returns:
        The chat.

    Raises:
        FileNotFoundError: There is no such file.
        TypeError: An argument is of a kind that cannot be used.
        ValueError: The file is no conversation of nbstream, is damaged, or was written by a newer version.
    """
    made = create_chat(client=client, show=show, saved=read_chat(path), **arguments)
    set_last(made)
    if show:
        made.show()
    return made


def create_chat(
    message: UserMessage | None = None,
    *,
    model: str | None = None,
    models: Iterable[str] = (),
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | bool | str | None = THINKING,
    effort: str | None = None,
    output: Any = None,
    tools: Iterable[Any] = (),
    approve: Approve | str | None = None,
    max_rounds: int = MAX_TOOL_ROUNDS,
    messages: Iterable[Mapping[str, Any]] = (),
    file: str | os.PathLike[str] | None = None,
    cache_control: Mapping[str, Any] | bool | str | None = CACHE_CONTROL,
    client: Any = None,
    stall_timeout: float | None = None,
    show: bool = True,
    budget: float | None = None,
    suggestions: Iterable[str] = (),
    saved: SavedChat | None = None,
    **request: Any,
) -> Chat:
    """Create a chat without showing it. The arguments are those of `chat`.

    The first message is only checked, together with the earlier turns. It is not sent. `saved` is an earlier
    conversation that was read from a file; by default the one in `file`, if it exists.
    """
    chat_file = None if file is None else ChatFile(file)
    if saved is None and chat_file is not None and chat_file.exists:
        saved = read_chat(chat_file.path)
    given = {
        "model": model,
        "models": models,
        "system": system,
        "max_tokens": max_tokens,
        "thinking": thinking,
        "cache_control": cache_control,
        **request,
    }
    fields = given if saved is None else saved.complete(given)
    menu = menu_of(fields.pop("models"), fields["model"])
    for name in menu.names:
        check_request(build_defaults(client, **{**fields, "model": name, "tools": ()})[0], client, budget)
    fields |= menu.fields
    defaults, toolbox = build_defaults(client, effort=effort, output=output, tools=tools, **fields)
    check_request(defaults, client, budget)
    # The setting is checked before the chat is shown. If the check failed later, the page would show a chat that
    # never gets an answer.
    abandon_after()
    history = as_messages(messages)
    if saved is not None and history:
        raise ValueError(
            "messages were given beside a file that has a conversation already; leave messages out, or name "
            "another file."
        )
    check_history(history if message is None else [*history, {"role": "user", "content": message.blocks}])
    made = Chat(
        ChatArguments(
            client,
            defaults,
            history,
            budget,
            toolbox,
            validate_approve(approve),
            reply_limits(max_rounds, stall_timeout),
            as_texts(
                suggestions, "suggestions", 'a list of texts, such as ["What is in df?"]', "the text of a message"
            ),
            saved,
            chat_file,
            show=show,
            menu=menu,
        )
    )
    watch_containers(made._session.host)
    return made
