"""Private names of the SDK: each one is there today, and each has a fallback for the day when it is gone."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import anthropic
import httpx2
import pytest

from nbstream.claude import sdk_internals


@pytest.fixture
def without_private_names(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is with a version of the SDK that has none of the private names."""
    base_client = sys.modules["anthropic._base_client"]
    monkeypatch.setattr(base_client.BaseClient, "_parse_retry_after_header", None)
    for name in ("anthropic._constants", "anthropic._base_client", "httpcore2"):
        monkeypatch.setitem(sys.modules, name, None)
    assert sdk_internals.__file__ is not None
    spec = importlib.util.spec_from_file_location("nbstream.claude.without_private_names", sdk_internals.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_private_names_are_there() -> None:
    client = anthropic.AsyncAnthropic(api_key="k")
    http_client = sdk_internals.http_client_of(client)
    assert sdk_internals.is_made_by_sdk(http_client)
    transports = sdk_internals.transports_of(http_client)
    assert transports is not None
    assert any(map(sdk_internals.is_pool, vars(transports[0]).values()))
    assert sdk_internals.retry_after_seconds(httpx2.Headers({"retry-after": "7"})) == 7.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "7"}, 7.0), ({"retry-after-ms": "250"}, 0.25), ({"retry-after": "soon"}, None), ({}, None)],
)
def test_without_the_sdks_parser_the_headers_are_read_here(
    without_private_names: ModuleType, headers: dict[str, str], seconds: float | None
) -> None:
    assert without_private_names.retry_after_seconds(httpx2.Headers(headers)) == seconds


def test_without_the_private_names_everything_else_works(without_private_names: ModuleType) -> None:
    assert without_private_names.INITIAL_RETRY_SECONDS == sdk_internals.INITIAL_RETRY_SECONDS
    assert without_private_names.MAX_RETRY_SECONDS == sdk_internals.MAX_RETRY_SECONDS
    assert not without_private_names.is_made_by_sdk(object())
    assert not without_private_names.is_pool(object())
    assert without_private_names.transports_of(object()) is None
    assert without_private_names.http_client_of(object()) is None
    assert without_private_names.ssl_context_of(object()) is None


def test_a_client_learns_the_platform_of_another_one() -> None:
    known, other = (anthropic.AsyncAnthropic(api_key="k") for _ in range(2))
    sdk_internals.share_platform(known, other)
    assert other._platform is None
    known._platform = "Linux"
    sdk_internals.share_platform(known, other)
    assert other._platform == "Linux"
    sdk_internals.share_platform(object(), object())
