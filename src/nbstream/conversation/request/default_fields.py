"""Fields that a request has by default, in the form that its model and its server take.

A default is recognized by its identity, because a caller may give a field the same value. Only a default is ever
changed or left out; a field that the caller gave is sent as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...claude.models import thinking_of

DEFAULT_MODEL = "claude-opus-4-8"
MAX_TOKENS = 64_000
THINKING: Mapping[str, Any] = {"type": "adaptive", "display": "summarized"}
"""Asks for a summary of Claude's thinking, because current models send no other text of their thinking."""
CACHE_CONTROL: Mapping[str, Any] = {"type": "ephemeral"}
"""The API's automatic caching: from the second question on, the earlier turns cost a tenth.

Source: "Prompt caching" in the Claude docs. A prompt below the model's minimum is not cached and costs the same.
"""

PLATFORMS_WITHOUT_CACHING = ("Bedrock", "Vertex")
"""Words in the class names of clients for platforms that refuse `cache_control` at the top level of a request.
The platforms answer "Extra inputs are not permitted". The Claude docs announce automatic caching on them for
later; until then the field is left out."""

THINKING_BUDGET_TOKENS = 10_000
"""Tokens for the thinking of a model that takes only a fixed thinking budget, such as the 4.5 models. The value is
from the examples in "Extended thinking" in the Claude docs. The budget counts towards `max_tokens`, so it is never
more than half of `max_tokens`."""

MIN_THINKING_BUDGET_TOKENS = 1_024
"""The smallest thinking budget that the API takes (Claude docs, "Extended thinking")."""

SAMPLING_FIELDS = ("temperature", "top_p", "top_k")
"""Fields that a request with thinking may not have (Claude docs, "Extended thinking")."""

_DEFAULTS: Mapping[str, object] = {"thinking": THINKING, "cache_control": CACHE_CONTROL}

_refused: dict[tuple[str, str], frozenset[str]] = {}
# The defaults that were refused, by the address of a server and the name of a model. A program has few servers and
# models, so nothing is ever removed.

NamedFields = Callable[[Exception, Iterable[str]], set[str]]
"""Function that returns those of the sent fields that an error names as the reason of a refusal."""


class DefaultFields:
    """The default fields of one reply's requests.

    An unknown server or model may refuse a default with an error that names it. The request is
    then sent once more without that field. If the server takes the request, the refusal is remembered for the
    server and the model, so it costs one refused request once.

    Args:
        server: The address of the server.
        model: The name of the model.
    """

    def __init__(self, server: str, model: str) -> None:
        self._key = (server, model)
        self._lasting = _refused.get(self._key, frozenset())
        self._left_out = set(self._lasting)

    def fit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request with its defaults in the form that the model takes, without those it refused."""
        if _forces_tool(request):
            # The API takes no thinking with a forced call, and none after an answer without thinking that it
            # has to go on from. So the whole reply has none.
            self._left_out.add("thinking")
        fitted = dict(request)
        for name in _default_names(request):
            if name in self._left_out:
                del fitted[name]
        return fit_thinking(fitted)

    def leave_out(
        self, request: Mapping[str, Any], error: Exception, named_fields: NamedFields, *, is_lasting: bool = True
    ) -> bool:
        """Leave out the defaults that an error names, and return whether there are any.

        Args:
            request: The request, as it was passed to `fit`.
            error: The failure of the request.
            named_fields: Finds the fields that the error names.
            is_lasting: Whether the server will never take these fields for this model.
        """
        sent = set(self.fit(request)) & _default_names(request)
        named = named_fields(error, sent)
        self._left_out |= named
        if is_lasting:
            self._lasting |= named
        return bool(named)

    def remember(self) -> None:
        """Remember which defaults are never taken, because the server took a request without them."""
        if self._lasting:
            _refused[self._key] = self._lasting


def _default_names(request: Mapping[str, Any]) -> set[str]:
    return {name for name, default in _DEFAULTS.items() if request.get(name) is default}


def _forces_tool(request: Mapping[str, Any]) -> bool:
    choice = request.get("tool_choice")
    return isinstance(choice, Mapping) and choice.get("type") in ("any", "tool")


def fit_thinking(request: Mapping[str, Any]) -> dict[str, Any]:
    """Change the default `thinking` of a request into a form that the request's model takes.

    This is done for each request, because one message may be sent to another model than the rest of the chat, and
    `max_tokens` may have been lowered to what can be paid for.

    Returns:
        The request. Its `thinking` is unchanged, has become a fixed budget, or is left out.
    """
    fitted = dict(request)
    if fitted.get("thinking") is not THINKING:
        return fitted
    kind = thinking_of(str(fitted.get("model")))
    budget = min(THINKING_BUDGET_TOKENS, int(fitted.get("max_tokens") or MAX_TOKENS) // 2)
    is_sampled = any(name in (fitted.get("extra_body") or {}) for name in SAMPLING_FIELDS)
    if is_sampled or kind == "none" or (kind == "enabled" and budget < MIN_THINKING_BUDGET_TOKENS):
        del fitted["thinking"]
    elif kind == "enabled":
        fitted["thinking"] = {"type": "enabled", "budget_tokens": budget}
    return fitted


def lacks_caching(client: object) -> bool:
    """Return whether a client is for a platform that is known to refuse automatic caching."""
    return any(
        platform in kind.__name__ for kind in type(client).__mro__ for platform in PLATFORMS_WITHOUT_CACHING
    )
