"""The container of code: which requests send its id, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nbstream.conversation.request.container import forget_containers, latest_container, with_container
from nbstream.core.reply import Reply
from nbstream.core.turn import Turn

NOW = datetime(2026, 11, 30, tzinfo=UTC)
TOOLS = {"tools": [{"type": "code_execution_20260120", "name": "code_execution"}]}


def turns(*containers: dict[str, Any] | None) -> list[Turn]:
    replies = [Turn(f"t{n}", "assistant", reply=Reply(container=each)) for n, each in enumerate(containers)]
    return [Turn("q", "user"), *replies]


def test_the_latest_answer_with_a_container_hands_it_on() -> None:
    request = with_container(TOOLS, turns({"id": "old"}, {"id": "new"}, None), NOW)
    assert request == {**TOOLS, "container": "new"}
    assert with_container(TOOLS, turns(None), NOW) == TOOLS


def test_without_tools_no_container_is_needed() -> None:
    assert with_container({"model": "m"}, turns({"id": "c"}), NOW) == {"model": "m"}


@pytest.mark.parametrize("given", ["mine", {"id": "mine", "skills": []}])
def test_a_container_that_the_caller_names_is_sent(given: Any) -> None:
    assert with_container({**TOOLS, "container": given}, turns({"id": "c"}), NOW)["container"] == given


def test_skills_without_an_id_get_the_id() -> None:
    given = {"skills": [{"type": "anthropic", "skill_id": "xlsx"}]}
    assert with_container({**TOOLS, "container": given}, turns({"id": "c"}), NOW)["container"] == {
        **given,
        "id": "c",
    }


@pytest.mark.parametrize(
    ("expires_at", "is_sent"),
    [
        (NOW + timedelta(seconds=1), True),
        (NOW, False),
        ("2026-11-29T00:00:00Z", False),
        ("2026-12-01T00:00:00Z", True),
        ("soon", True),
        (datetime(2026, 11, 29), True),
        (None, True),
    ],
)
def test_a_container_that_has_expired_is_not_sent(expires_at: Any, is_sent: bool) -> None:
    request = with_container(TOOLS, turns({"id": "c", "expires_at": expires_at}), NOW)
    assert ("container" in request) is is_sent


def test_containers_that_are_gone_are_forgotten() -> None:
    conversation = turns({"id": "a"}, {"id": "b"})
    forget_containers(conversation)
    assert latest_container(conversation) is None
