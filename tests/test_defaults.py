"""What every request of a conversation sends."""

from __future__ import annotations

import anthropic
import pytest

from nbstream import defaults

PLATFORMS = {
    "AsyncAnthropic": True,
    "AsyncAnthropicAWS": True,
    "AsyncAnthropicFoundry": True,
    "AsyncAnthropicGoogleCloud": True,
    "AsyncAnthropicBedrock": False,
    "AsyncAnthropicBedrockMantle": False,
    "AsyncAnthropicVertex": False,
}


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("subclassed", [False, True])
def test_where_the_platform_refuses_automatic_caching_it_is_left_out(name: str, subclassed: bool) -> None:
    kind = getattr(anthropic, name)
    kind = type("Mine", (kind,), {}) if subclassed else kind
    # What such a client needs to be made (regions, credentials) is not the point here.
    client = kind.__new__(kind)
    assert defaults._cannot_cache(client) is not PLATFORMS[name]


def test_what_is_given_takes_the_place_of_the_defaults() -> None:
    sent, toolbox = defaults.defaults_of(
        None, model="m", system="Be brief", max_tokens=9, thinking=None, cache_control=None, top_k=3
    )
    assert sent == {"model": "m", "max_tokens": 9, "top_k": 3, "system": "Be brief"}
    assert not toolbox.definitions
