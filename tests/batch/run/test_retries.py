"""Decisions about rows whose requests have failed."""

from __future__ import annotations

import anthropic
import httpx2
import pytest

from nbstream.batch.run.retries import MAX_BUSY_ATTEMPTS, MAX_UNREACHABLE_ROWS, Decision, Retries
from nbstream.claude.failures.recovery import Recovery

REQUEST = httpx2.Request("POST", "https://api.anthropic.com/v1/messages")


def status_error(status: int, headers: dict[str, str] | None = None) -> anthropic.APIStatusError:
    response = httpx2.Response(status, headers=headers, request=REQUEST)
    return anthropic.APIStatusError("", response=response, body=None)


def unreachable() -> anthropic.APIConnectionError:
    error = anthropic.APIConnectionError(request=REQUEST)
    error.__cause__ = httpx2.ConnectError("no route")
    return error


def test_a_busy_server_is_waited_for_as_long_as_it_asks() -> None:
    retries = Retries(3)
    assert retries.decide(0, status_error(429, {"retry-after": "7"})) == Decision(Recovery.WAIT, 7.0)
    decisions = [retries.decide(0, status_error(529)).recovery for _ in range(MAX_BUSY_ATTEMPTS - 1)]
    assert set(decisions[:-1]) == {Recovery.WAIT}
    assert decisions[-1] is Recovery.GIVE_UP


def test_a_failure_that_may_pass_is_repeated_as_often_as_the_client_would() -> None:
    retries = Retries(3)
    first, second, third = (retries.decide(0, status_error(500)) for _ in range(3))
    assert [first.recovery, second.recovery, third.recovery] == [
        Recovery.REPEAT,
        Recovery.REPEAT,
        Recovery.GIVE_UP,
    ]
    assert 0 < (first.pause_seconds or 0) < (second.pause_seconds or 0) <= 1.0
    assert retries.decide(0, status_error(503, {"retry-after": "2"})).pause_seconds == 2.0


def test_the_failures_of_a_row_are_forgotten_when_the_user_asks_again() -> None:
    retries = Retries(2)
    retries.decide(0, status_error(500))
    retries.forget(0)
    assert retries.decide(0, status_error(500)).recovery is Recovery.REPEAT


@pytest.mark.parametrize("answered", [False, True])
def test_the_run_ends_when_no_server_can_be_reached_any_more(answered: bool) -> None:
    retries = Retries(1)
    last = Recovery.REPEAT
    for row in range(MAX_UNREACHABLE_ROWS):
        if answered and row == 10:
            retries.answered(row)
        last = retries.decide(row, unreachable()).recovery
    assert last is (Recovery.GIVE_UP if answered else Recovery.GIVE_UP_ALL)


def test_a_wrong_key_ends_the_run_at_once() -> None:
    assert Retries(3).decide(0, status_error(401)) == Decision(Recovery.GIVE_UP_ALL)


def test_a_wait_for_a_busy_server_is_no_attempt() -> None:
    retries = Retries(2)
    for _ in range(5):
        assert retries.decide(0, status_error(429)).recovery is Recovery.WAIT
    assert [retries.decide(0, status_error(500)).recovery for _ in range(2)] == [Recovery.REPEAT, Recovery.GIVE_UP]
