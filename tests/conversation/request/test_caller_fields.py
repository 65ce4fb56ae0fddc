"""Fields as callers write them: what is clear is taken, and anything else is refused with the words to write."""

from __future__ import annotations

import inspect
from typing import Any

import anthropic
import numpy as np
import pydantic
import pytest

from nbstream.conversation.request.caller_fields import merge_fields
from nbstream.conversation.request.default_fields import CACHE_CONTROL, THINKING


class City(pydantic.BaseModel):
    name: str


def lookup() -> str:
    "Look it up."
    return "found"


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
ENABLED = {"type": "enabled", "budget_tokens": 2_048}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"stream": True}, {}),
        ({"stream": None}, {}),
        ({"betas": ["a", "b"]}, {"extra_headers": {"anthropic-beta": "a,b"}}),
        ({"betas": "a"}, {"extra_headers": {"anthropic-beta": "a"}}),
        ({"betas": ("a",)}, {"extra_headers": {"anthropic-beta": "a"}}),
        ({"temperature": 0.2, "top_p": 1}, {"extra_body": {"temperature": 0.2, "top_p": 1}}),
        ({"temperature": None}, {}),
        ({"thinking": True}, {"thinking": THINKING}),
        ({"thinking": "on"}, {"thinking": THINKING}),
        ({"thinking": "adaptive"}, {"thinking": THINKING}),
        ({"thinking": False}, {}),
        ({"thinking": "off"}, {}),
        ({"thinking": None}, {}),
        ({"thinking": "disabled"}, {"thinking": {"type": "disabled"}}),
        ({"thinking": ENABLED}, {"thinking": ENABLED}),
        ({"cache_control": "1h"}, {"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
        ({"cache_control": "5m"}, {"cache_control": {"type": "ephemeral", "ttl": "5m"}}),
        ({"cache_control": "ephemeral"}, {"cache_control": CACHE_CONTROL}),
        ({"cache_control": True}, {"cache_control": CACHE_CONTROL}),
        ({"cache_control": False}, {}),
        ({"effort": "low"}, {"output_config": {"effort": "low"}}),
        ({"output_format": SCHEMA}, {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
        (
            {"output_format": {"type": "json_schema", "schema": SCHEMA}},
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        ),
        ({"output_config": {"format": {"type": "x"}}}, {"output_config": {"format": {"type": "x"}}}),
        ({"output_config": {"effort": "low"}}, {"output_config": {"effort": "low"}}),
        ({"max_tokens": "1_000"}, {"max_tokens": 1_000}),
        ({"max_tokens": 1e3}, {"max_tokens": 1_000}),
        ({"max_tokens": np.int64(9)}, {"max_tokens": 9}),
        ({"stop_sequences": "END"}, {"stop_sequences": ["END"]}),
        ({"stop_sequences": ("a", "b")}, {"stop_sequences": ["a", "b"]}),
        ({"tools": lookup}, {"tools": [lookup]}),
        ({"tools": {"name": "a"}}, {"tools": [{"name": "a"}]}),
        ({"tools": (lookup,)}, {"tools": (lookup,)}),
        ({"tool_choice": "any"}, {"tool_choice": {"type": "any"}}),
        ({"tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
        ({"tool_choice": "lookup"}, {"tool_choice": {"type": "tool", "name": "lookup"}}),
        ({"tool_choice": lookup}, {"tool_choice": {"type": "tool", "name": "lookup"}}),
        ({"tool_choice": {"type": "none"}}, {"tool_choice": {"type": "none"}}),
        ({"system": ["Be brief"]}, {"system": [{"type": "text", "text": "Be brief"}]}),
        ({"system": "Be brief"}, {"system": "Be brief"}),
        ({"metadata": "me"}, {"metadata": {"user_id": "me"}}),
        ({"metadata": {"user_id": "me"}}, {"metadata": {"user_id": "me"}}),
        ({"timeout": 5}, {"timeout": 5}),
        ({"timeout": None}, {"timeout": None}),
        ({"speed": "fast", "container": None}, {"speed": "fast"}),
    ],
)
def test_what_is_clear_is_taken(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert merge_fields({}, given) == sent


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"stream": False}, "stream is False, and an answer always streams; leave stream out"),
        ({"betas": 3}, r"give names, as in betas=\["),
        ({"betas": [3]}, r"give names, as in betas=\["),
        ({"temperature": "hot"}, "temperature is 'hot'; give a number"),
        ({"temperature": True}, "temperature is True; give a number"),
        ({"thinking": 8_000}, "thinking is 8000; give True, False, or a mapping .*budget_tokens"),
        ({"thinking": ["adaptive"]}, "thinking is .*; give True, False, or a mapping"),
        ({"cache_control": "2h"}, 'cache_control is \'2h\'; give "5m", "1h"'),
        ({"cache_control": 3600}, "cache_control is 3600"),
        ({"effort": "loud"}, "effort is 'loud'; give one of low, medium"),
        ({"output_format": "json"}, "output is 'json'; give a pydantic model"),
        ({"output": "City"}, "output is 'City'; give a pydantic model"),
        ({"response_model": City}, "write output=…"),
        ({"tool_choice": 3}, 'tool_choice is 3; give "auto"'),
        ({"stop_sequences": 3}, r'stop_sequences is 3; give a list of texts, as in \["END"\]'),
        ({"stop_sequences": [3]}, "give a list of texts"),
        ({"metadata": ["me"]}, "give a mapping, as in .*user_id"),
        ({"timeout": "30"}, "timeout is '30'; give seconds as a number. stall_timeout="),
        ({"stop": "END"}, "write stop_sequences"),
        ({"client": "sk-7"}, "client belongs to the whole chat"),
    ],
)
def test_anything_else_is_refused_with_the_words_to_write(given: dict[str, Any], advice: str) -> None:
    with pytest.raises((TypeError, ValueError), match=advice) as raised:
        merge_fields({}, given)
    assert "sk-7" not in str(raised.value)


def test_a_pydantic_model_is_sent_as_its_schema() -> None:
    format_ = merge_fields({}, {"output_format": City})["output_config"]["format"]
    assert merge_fields({}, {"output": City}) == {"output_config": {"format": format_}}
    same = merge_fields({}, {"output_config": {"format": dict(format_)}})["output_config"]["format"]
    assert same.parse('{"name": "x"}') == {"name": "x"}
    assert format_["type"] == "json_schema"
    assert format_["schema"]["properties"].keys() == {"name"}
    assert format_["schema"]["additionalProperties"] is False


def test_a_part_is_added_to_what_the_request_has() -> None:
    defaults = {
        "output_config": {"format": {}, "effort": "high"},
        "extra_headers": {"anthropic-beta": "a", "x": "y"},
        "extra_body": {"top_k": 1},
    }
    given = {"effort": "low", "betas": ["b"], "temperature": 1}
    assert merge_fields(defaults, given) == {
        "output_config": {"format": {}, "effort": "low"},
        "extra_headers": {"anthropic-beta": "a,b", "x": "y"},
        "extra_body": {"top_k": 1, "temperature": 1},
    }
    assert defaults["output_config"] == {"format": {}, "effort": "high"}


def test_none_takes_a_default_out_and_never_what_each_request_needs() -> None:
    defaults = {"model": "m", "max_tokens": 9, "thinking": THINKING, "system": "Be brief"}
    given = dict.fromkeys(defaults)
    assert merge_fields(defaults, given) == {"model": "m", "max_tokens": 9}


def test_every_field_of_the_sdk_passes_under_its_own_name() -> None:
    named = set(inspect.signature(anthropic.AsyncAnthropic(api_key="k").messages.create).parameters)
    for name in named - {"messages", "stream"}:
        merge_fields({}, {name: None})
