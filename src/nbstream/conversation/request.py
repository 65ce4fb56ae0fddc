"""What can be known to be wrong before anything is sent, refused in words that say what to do."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..claude.models import max_output, meant
from ..claude.prices import cost_of, price_of, prices
from ..content.blocks import as_list
from ..tools.toolbox import Toolbox

CLAUDE_API = "api.anthropic.com"
"""Where the names of models are known. On other platforms and servers they are not ours to judge."""


def check_request(request: Mapping[str, Any], client: Any = None, budget: object = None) -> None:
    """Refuse a request that cannot be right.

    Args:
        request: What `messages.create` takes, without the messages.
        client: The client that will send it, or `None` for the one the environment describes.
        budget: US dollars for all of the chat.

    Raises:
        TypeError: Something is of a kind that cannot be sent.
        ValueError: A model's name with a slip, `max_tokens` beyond the model's, an empty system prompt, a budget
            that cannot be kept.
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
    url = getattr(client, "base_url", None) or os.environ.get("ANTHROPIC_BASE_URL") or f"https://{CLAUDE_API}"
    if urlsplit(str(url)).hostname == CLAUDE_API and (right := meant(model)) is not None:
        raise ValueError(f"There is no model {model!r}; did you mean {right!r}?")


def _check_tools(tools: object) -> None:
    for tool in as_list(tools, "tools", "a list of definitions, as the Messages API takes them"):
        if not isinstance(tool, Mapping):
            raise TypeError(
                f"tools has {tool!r:.60}, and one message takes definitions only; functions belong to the chat: "
                "nbstream.chat(…, tools=[…])."
            )


def _check_max_tokens(tokens: object, model: str, headers: str) -> None:
    if isinstance(tokens, bool) or not isinstance(tokens, int):
        raise TypeError(f"max_tokens is {tokens!r}; give the most tokens that a reply may have, a whole number.")
    if tokens < 1:
        raise ValueError(f"max_tokens is {tokens}; give the most tokens that a reply may have, 1 or more.")
    most = max_output(model)
    # The API's betas for longer output are switched on by a header with this in its name.
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
            f"system is {system!r:.60}; give text, or a list of text blocks as the Messages API has them."
        )
    if not blocks or not all(str(block.get("text", "")).strip() for block in blocks):
        raise ValueError(f"The system prompt is empty ({system!r:.60}); leave system out, or say something in it.")


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


MODEL = "claude-opus-4-8"
MAX_TOKENS = 64_000
THINKING: Mapping[str, Any] = {"type": "adaptive", "display": "summarized"}
"""Current models keep the text of their thinking back unless asked for a summary."""
CACHE_CONTROL: Mapping[str, Any] = {"type": "ephemeral"}
"""The API's automatic caching: what was said before costs a tenth from the second question on.

Source: "Prompt caching" in the Claude docs. A prompt below the model's minimum is not cached and costs the same.
"""

CANNOT_CACHE = ("Bedrock", "Vertex")
"""Clients, by their names, whose platforms refuse the field at the top of a request with "Extra inputs are not
permitted"; the Claude docs have automatic caching there for later, and it is left out."""


def defaults_of(
    client: Any = None,
    *,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | None = THINKING,
    tools: Iterable[Any] = (),
    cache_control: Mapping[str, Any] | None = CACHE_CONTROL,
    **request: Any,
) -> tuple[dict[str, Any], Toolbox]:
    """What `messages.create` takes beside the messages, and what runs the tools; see `nbstream.chat`.

    Raises:
        TypeError: The client cannot be used, or a tool is none.
        ValueError: Two tools of one name.
    """
    _check_client(client)
    defaults = {"model": model or os.environ.get("NBSTREAM_MODEL") or MODEL, "max_tokens": max_tokens, **request}
    if system is not None:
        defaults["system"] = system
    if thinking is not None:
        defaults["thinking"] = dict(thinking)
    toolbox = Toolbox(tools)
    if toolbox.definitions:
        defaults["tools"] = toolbox.definitions
    if cache_control is not None and not (cache_control is CACHE_CONTROL and _cannot_cache(client)):
        defaults["cache_control"] = dict(cache_control)
    return defaults, toolbox


def _cannot_cache(client: Any) -> bool:
    return any(platform in kind.__name__ for kind in type(client).__mro__ for platform in CANNOT_CACHE)


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
