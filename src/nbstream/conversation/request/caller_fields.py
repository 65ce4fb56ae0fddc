"""Fields of a request as callers write them, in the form that `messages.create` takes.

What is clear is taken, such as a single function for a list of tools. Anything else is refused with the words to
write instead. Fields that are not named here are passed on as they are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...core.short_repr import short_repr
from ...output.output_format import OutputFormat
from .default_fields import CACHE_CONTROL, SAMPLING_FIELDS, THINKING
from .other_names import check_name

Fields = dict[str, Any]

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""The values of `output_config.effort` (Claude docs, "Effort"). The API itself refuses a value that a model does
not take."""

MEANINGFUL_NONE = frozenset({"timeout"})
"""Fields whose value `None` is not the same as no value: without a timeout, the SDK waits as long as it takes."""


def merge_fields(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Fields:
    """Return the fields of a request: the defaults with what a caller gave beside or instead of them.

    A field that is given as `None` is left out.

    Args:
        defaults: Fields in the form that `messages.create` takes.
        given: Fields as callers write them.

    Raises:
        TypeError: A field is of a kind that cannot be sent, or is no field of a request.
        ValueError: The value of a field is not one that the API has.
    """
    merged = dict(defaults)
    for name, value in given.items():
        check_name(name)
        if name in _PARTS:
            if value is not None:
                part, fields = _PARTS[name](value)
                merged[part] = {**(merged.get(part) or {}), **fields(merged.get(part) or {})}
        elif name != "stream" or _check_stream(value):
            merged[name] = value if value is None else _FORMS.get(name, _unchanged)(value)
    for name in ("model", "max_tokens"):
        if merged.get(name) is None and defaults.get(name) is not None:
            merged[name] = defaults[name]
    return {name: value for name, value in merged.items() if value is not None or name in MEANINGFUL_NONE}


def _unchanged(value: Any) -> Any:
    return value


def _check_stream(stream: object) -> bool:
    """Refuse to answer without a stream. Every request has the field already, so it is never passed on."""
    if stream in (True, None):
        return False
    raise TypeError(
        f"stream is {short_repr(stream, 60)}, and an answer always streams; leave stream out, and read the whole "
        "text in chat.text."
    )


def _thinking(thinking: object) -> Mapping[str, Any] | None:
    if thinking is False or thinking == "off":
        return None
    if thinking is THINKING or thinking is True or thinking in ("on", "adaptive"):
        return THINKING
    if thinking == "disabled":
        return {"type": "disabled"}
    if isinstance(thinking, Mapping):
        return dict(thinking)
    raise TypeError(
        f"thinking is {short_repr(thinking, 60)}; give True, False, or a mapping as the Messages API takes it, "
        'such as {"type": "adaptive"} or {"type": "enabled", "budget_tokens": 10000}.'
    )


def _cache_control(cache_control: object) -> Mapping[str, Any] | None:
    if cache_control is False:
        return None
    if cache_control is CACHE_CONTROL or cache_control is True:
        return CACHE_CONTROL
    if cache_control == "ephemeral":
        return dict(CACHE_CONTROL)
    if cache_control in ("5m", "1h"):
        return {**CACHE_CONTROL, "ttl": cache_control}
    if isinstance(cache_control, Mapping):
        return dict(cache_control)
    raise TypeError(
        f'cache_control is {short_repr(cache_control, 60)}; give "5m", "1h", a mapping as the Messages API takes '
        "it, or None to cache nothing."
    )


def _max_tokens(tokens: object) -> object:
    """Convert a number that was written in another type; `check_request` refuses the others."""
    if isinstance(tokens, str) and tokens.strip().replace("_", "").isdecimal():
        return int(tokens)
    if isinstance(tokens, float) and tokens.is_integer():
        return int(tokens)
    if not isinstance(tokens, bool) and hasattr(tokens, "__index__"):
        return operator.index(tokens)
    return tokens


def _tools(tools: object) -> object:
    is_one = callable(tools) or isinstance(tools, Mapping) or hasattr(tools, "to_dict")
    return [tools] if is_one else tools


def _tool_choice(choice: object) -> Mapping[str, Any]:
    if choice in ("auto", "any", "none"):
        return {"type": choice}
    if choice == "required":
        return {"type": "any"}
    name = choice if isinstance(choice, str) else getattr(choice, "__name__", None)
    if name is not None:
        return {"type": "tool", "name": name}
    if isinstance(choice, Mapping):
        return dict(choice)
    raise TypeError(
        f'tool_choice is {short_repr(choice, 60)}; give "auto", "any", "none", the name of a tool, or a mapping '
        "as the Messages API takes it."
    )


def _stop_sequences(sequences: object) -> list[str]:
    texts = [sequences] if isinstance(sequences, str) else sequences
    if isinstance(texts, Iterable) and not isinstance(texts, bytes | Mapping):
        listed = list(texts)
        if all(isinstance(text, str) for text in listed):
            return listed
    raise TypeError(f'stop_sequences is {short_repr(sequences, 60)}; give a list of texts, as in ["END"].')


def _system(system: object) -> object:
    if not isinstance(system, list | tuple):
        return system
    return [{"type": "text", "text": block} if isinstance(block, str) else block for block in system]


def _metadata(metadata: object) -> Mapping[str, Any]:
    if isinstance(metadata, str):
        return {"user_id": metadata}
    if isinstance(metadata, Mapping):
        return metadata
    raise TypeError(f'metadata is {short_repr(metadata, 60)}; give a mapping, as in {{"user_id": "…"}}.')


def _timeout(timeout: object) -> object:
    if isinstance(timeout, bool | str | bytes):
        raise TypeError(
            f"timeout is {short_repr(timeout, 60)}; give seconds as a number. stall_timeout= is the longest "
            "silence within an answer."
        )
    return timeout


def _output_config(config: object) -> object:
    if not isinstance(config, Mapping) or not isinstance(config.get("format"), Mapping):
        return config
    return {**config, "format": OutputFormat.from_field(config["format"])}


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "thinking": _thinking,
    "cache_control": _cache_control,
    "max_tokens": _max_tokens,
    "tools": _tools,
    "tool_choice": _tool_choice,
    "stop_sequences": _stop_sequences,
    "system": _system,
    "metadata": _metadata,
    "timeout": _timeout,
    "output_config": _output_config,
}
"""Functions that bring fields into the form that `messages.create` takes."""

Part = tuple[str, Callable[[Mapping[str, Any]], Fields]]
"""The field of a request to which another one is added, and a function of its present value that returns the
addition."""


def _effort(effort: object) -> Part:
    if effort not in EFFORTS:
        raise ValueError(
            f"effort is {short_repr(effort, 60)}; give one of {', '.join(EFFORTS)}, or None for the API's default."
        )
    return "output_config", lambda _: {"effort": effort}


def _output(wanted: object) -> Part:
    format_ = OutputFormat.of(wanted)
    return "output_config", lambda _: {"format": format_}


def _output_format(wanted: object) -> Part:
    """Read the field as the SDK's own `parse` takes it, or as the API takes it."""
    if not isinstance(wanted, Mapping):
        return _output(wanted)
    is_schema = wanted.get("type") != "json_schema"
    format_ = OutputFormat.from_field({"type": "json_schema", "schema": dict(wanted)} if is_schema else wanted)
    return "output_config", lambda _: {"format": format_}


def _betas(betas: object) -> Part:
    names = [betas] if isinstance(betas, str) else betas
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise TypeError(f'betas is {short_repr(betas, 60)}; give names, as in betas=["files-api-2025-04-14"].')

    def header(present: Mapping[str, Any]) -> Fields:
        before = [present["anthropic-beta"]] if present.get("anthropic-beta") else []
        return {"anthropic-beta": ",".join([*before, *names])}

    return "extra_headers", header


def _sampling(name: str) -> Callable[[Any], Part]:
    def part(value: object) -> Part:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is {short_repr(value, 60)}; give a number.")
        return "extra_body", lambda _: {name: value}

    return part


_PARTS: Mapping[str, Callable[[Any], Part]] = {
    "effort": _effort,
    "output": _output,
    "output_format": _output_format,
    "betas": _betas,
    **{name: _sampling(name) for name in SAMPLING_FIELDS},
}
"""Fields that a request has inside of another one."""
