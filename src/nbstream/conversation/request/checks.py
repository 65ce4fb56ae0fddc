"""Fields of a request: their defaults, and checks that refuse an invalid field before the request is sent."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...claude.models import CLAUDE_API_HOST, find_model, suggest_name
from ...claude.prices import cost_of, price_of, prices
from ...content.blocks import as_list
from ...core.short_repr import short_repr
from ...tools.toolbox import Toolbox
from ..reply.limits import ReplyLimits
from .caller_fields import merge_fields
from .default_fields import CACHE_CONTROL, DEFAULT_MODEL, MAX_TOKENS, THINKING, lacks_caching


def check_request(request: Mapping[str, Any], client: Any = None, budget: object = None) -> None:
    """Check the fields of a request and refuse invalid ones.

    Args:
        request: The arguments of `messages.create`, without the messages.
        client: The client that will send it, or `None` for the one that the environment describes.
        budget: US dollars for the whole chat; `None` for no limit.

    Raises:
        TypeError: A field is of a kind that cannot be sent.
        ValueError: The model is misspelt, `max_tokens` is above the model's limit, the system prompt is empty, or
            a budget is set for a model without a known price.
    """
    model = request.get("model")
    _check_model(model, client)
    _check_max_tokens(request.get("max_tokens"), str(model), str(request.get("extra_headers")))
    _check_system(request.get("system"))
    _check_tools(request.get("tools") or ())
    _check_budget(budget, str(model), request.get("speed"))


def _check_model(model: object, client: Any) -> None:
    if not isinstance(model, str):
        raise TypeError(f'model is {model!r}; give its name as text, as in model="claude-opus-4-8".')
    if not model.strip():
        raise ValueError(f'model is {model!r}; give its name, as in model="claude-opus-4-8".')
    url = getattr(client, "base_url", None) or os.environ.get("ANTHROPIC_BASE_URL") or f"https://{CLAUDE_API_HOST}"
    # On other platforms and servers, any name may be that of a model.
    if urlsplit(str(url)).hostname == CLAUDE_API_HOST and (right := suggest_name(model)) is not None:
        raise ValueError(f"There is no model {model!r}; did you mean {right!r}?")


def _check_tools(tools: object) -> None:
    for tool in as_list(tools, "tools", "a list of definitions, as the Messages API takes them"):
        if not isinstance(tool, Mapping):
            raise TypeError(
                f"tools has {short_repr(tool, 60)}, and a single message takes tool definitions only; functions "
                "belong to the whole chat: nbstream.chat(…, tools=[…])."
            )


def _check_max_tokens(tokens: object, model: str, headers: str) -> None:
    if isinstance(tokens, bool) or not isinstance(tokens, int):
        raise TypeError(
            f"max_tokens is {short_repr(tokens, 60)}; give the most tokens that a reply may have, a whole number."
        )
    if tokens < 1:
        raise ValueError(f"max_tokens is {tokens}; give the most tokens that a reply may have, 1 or more.")
    most = find_model(model).max_output_tokens
    # A beta of the API that allows longer output is switched on by a header whose value contains "output-".
    if most is not None and tokens > most and "output-" not in headers:
        raise ValueError(
            f"max_tokens is {tokens:,}, and a reply of {model} has at most {most:,}; give that or less."
        )


def _check_system(system: object) -> None:
    blocks = [{"text": system}] if isinstance(system, str) else system
    if blocks is None:
        return
    if not isinstance(blocks, list | tuple) or not all(isinstance(block, Mapping) for block in blocks):
        raise TypeError(
            f"system is {short_repr(system, 60)}; give text, or a list of text blocks as "
            "the Messages API has them."
        )
    if not blocks or not all(str(block.get("text", "")).strip() for block in blocks):
        raise ValueError(
            f"The system prompt is empty ({short_repr(system, 60)}); leave system out, or say something in it."
        )


def _check_budget(budget: object, model: str, speed: object) -> None:
    if budget is None:
        return
    if isinstance(budget, bool) or not isinstance(budget, int | float):
        raise TypeError(f"budget is {budget!r}; give US dollars, as in budget=0.5, or None for no limit.")
    if not 0 < budget < float("inf"):
        raise ValueError(f"budget is {budget!r}; give US dollars above 0, or None for no limit.")
    if cost_of({"speed": speed}, price_of(model, prices)) is None:
        mode = f" with speed={speed!r}" if speed else ""
        raise ValueError(
            f"budget={budget!r} cannot be kept: the price of {model!r}{mode} is not known. Add it, in US dollars "
            f"for a million tokens, with nbstream.prices[{model!r}] = nbstream.Price(input=…, output=…), or leave "
            f"{'speed' if speed else 'budget'} out."
        )


def build_defaults(
    client: Any = None,
    *,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | bool | str | None = THINKING,
    effort: str | None = None,
    output: Any = None,
    tools: Iterable[Any] = (),
    cache_control: Mapping[str, Any] | bool | str | None = CACHE_CONTROL,
    **request: Any,
) -> tuple[dict[str, Any], Toolbox]:
    """Build the fields that every request sends beside its messages; the arguments are those of `nbstream.chat`.

    Returns:
        The fields, as `messages.create` takes them, and the toolbox of the user's functions.

    Raises:
        TypeError: The client cannot be used, or an item of `tools` is not a tool.
        ValueError: Two tools have the same name.
    """
    _check_client(client)
    given = {
        "system": system,
        "thinking": thinking,
        "tools": tools,
        "cache_control": cache_control,
        "effort": effort,
        "output": output,
    }
    if cache_control is CACHE_CONTROL and lacks_caching(client):
        del given["cache_control"]
    first = {"model": model or os.environ.get("NBSTREAM_MODEL") or DEFAULT_MODEL, "max_tokens": MAX_TOKENS}
    defaults = merge_fields(first, {"max_tokens": max_tokens, **request, **given})
    toolbox = Toolbox(defaults.pop("tools", ()))
    if toolbox.definitions:
        defaults["tools"] = toolbox.definitions
    return defaults, toolbox


def reply_limits(max_rounds: object, stall_timeout: object) -> ReplyLimits:
    """Check the limits of a chat's replies.

    Raises:
        TypeError: A limit is not a number.
        ValueError: A limit is too small.
    """
    if isinstance(max_rounds, bool) or not isinstance(max_rounds, int):
        raise TypeError(f"max_rounds is {max_rounds!r}; give the most requests that follow calls, a whole number.")
    if max_rounds < 1:
        raise ValueError(f"max_rounds is {max_rounds}; give 1 or more, or pass no tools.")
    if stall_timeout is None:
        return ReplyLimits(max_rounds)
    if isinstance(stall_timeout, bool) or not isinstance(stall_timeout, int | float):
        raise TypeError(f"stall_timeout is {stall_timeout!r}; give seconds above 0, or None for the default.")
    if not stall_timeout > 0:
        raise ValueError(f"stall_timeout is {stall_timeout!r}; give seconds above 0, or None for the default.")
    return ReplyLimits(max_rounds, float(stall_timeout))


def _check_client(client: Any) -> None:
    if client is None:
        return
    if not hasattr(client, "messages"):
        raise TypeError(
            # The error names the type and not the value, because the value may be a key.
            f"client is a {type(client).__name__}; pass an async Anthropic client, such as "
            "anthropic.AsyncAnthropic(), or nbstream.demo()."
        )
    if not inspect.iscoroutinefunction(getattr(client, "close", None)):
        name = type(client).__name__
        raise TypeError(f"client is {name}, which blocks while it waits; pass its async twin, Async{name}.")
