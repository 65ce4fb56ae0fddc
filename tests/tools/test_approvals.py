"""Decisions about calls, without replies around them; whole replies are in test_calls.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.kernel.main_thread import MainThread
from nbstream.tools.approvals import Approvals, check_may_ask, validate_approve


def where() -> str:
    """Say nothing; it stands for a function that decides."""
    return ""


def test_approve_takes_a_function_or_ask() -> None:
    assert validate_approve(None) is None
    assert validate_approve(where) is where
    with pytest.raises(TypeError, match='"ask", or a function'):
        validate_approve("always")
    with pytest.raises(ValueError, match="needs a page"):
        validate_approve("ask")


def test_before_the_page_comes_no_cell_waits_for_the_user() -> None:
    host = Host(HostKind.VOILA)
    check_may_ask(where, host)
    check_may_ask("ask", Host(HostKind.NOTEBOOK))
    with pytest.raises(RuntimeError, match=r"wait for ever.*wait=False, or pass a function"):
        check_may_ask("ask", host)
    host.page_greeted()
    check_may_ask("ask", host)


def approvals(approve: Any, always_run: set[str] | None = None) -> Approvals:
    functions = FunctionRunner(MainThread(None))
    return Approvals(approve, functions, set() if always_run is None else always_run)


@pytest.mark.anyio
async def test_a_function_decides_and_may_be_async() -> None:
    def only_add(name: str, arguments: Mapping[str, Any]) -> bool:
        return name == "add" and arguments == {"a": 1}

    async def only_add_async(name: str, arguments: Mapping[str, Any]) -> bool:
        return only_add(name, arguments)

    for approve in (only_add, only_add_async, lambda *call: only_add_async(*call)):
        decide = approvals(approve)
        decided = [await decide.allow("c", name, {"a": 1}, pytest.fail) for name in ("add", "eval")]
        assert decided == [True, False]
    assert await approvals(None).allow("c", "eval", {}, pytest.fail)


@pytest.mark.anyio
async def test_the_user_is_asked_about_each_call_until_the_tool_may_always_run() -> None:
    always_run: set[str] = set()
    decide = approvals("ask", always_run)
    asked: list[str] = []

    def ask(call: str, tool: str) -> asyncio.Task[bool]:
        return asyncio.ensure_future(decide.allow(call, tool, {}, lambda: asked.append(call)))

    tasks = [ask("c1", "add"), ask("c2", "eval"), ask("c3", "add"), ask("c4", "add")]
    await asyncio.sleep(0)
    assert asked == ["c1", "c2", "c3", "c4"]
    decide.decide("c2", False, always=True)
    decide.decide("c1", False)
    decide.decide("c1", True)
    decide.decide("c3", True, always=True)
    decide.decide("c9", True)
    assert await asyncio.gather(*tasks) == [False, False, True, True]
    assert always_run == {"add"}
    assert await decide.allow("c5", "add", {}, pytest.fail)


@pytest.mark.anyio
async def test_a_decision_after_the_end_of_the_question_is_ignored() -> None:
    decide = approvals("ask")
    question = asyncio.ensure_future(decide.allow("c1", "add", {}, lambda: None))
    await asyncio.sleep(0)
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    decide.decide("c1", True)
