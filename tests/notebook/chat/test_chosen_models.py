"""A chat whose user chooses the model: the next turn, its price and thinking, files, and another kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

import nbstream
from nbstream.core.command_frames import Command, Prompt, SelectModel
from nbstream.core.ops import ModelsOffered

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


@pytest.fixture
def chat(claude: ClaudeServer, request: pytest.FixtureRequest) -> Callable[..., nbstream.Chat]:
    def chat(**arguments: Any) -> nbstream.Chat:
        url = claude.url(request.node.name, text=prose(5), rate=None)
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        return nbstream.chat(client=client, **{"models": (OPUS, HAIKU), **arguments})

    return chat


def say(made: nbstream.Chat, command: Command) -> None:
    made._session._loop.call(made._session.commands.handle, command)


def menu(made: nbstream.Chat) -> ModelsOffered:
    log = made._session.conversation.transcript.log
    return [op for op in log.read_from(0, log.seq)[0] if isinstance(op, ModelsOffered)][-1]


def test_the_next_turn_is_asked_of_the_chosen_model_at_its_price_and_with_its_thinking(
    chat: Callable[..., nbstream.Chat], claude: ClaudeServer, request: pytest.FixtureRequest
) -> None:
    made = chat()
    assert menu(made) == ModelsOffered((OPUS, HAIKU), OPUS)
    made.ask("Hi")
    dear = made.cost
    say(made, SelectModel("p", "k1", HAIKU))
    assert menu(made).chosen == HAIKU
    made.ask("Hi")
    assert dear is not None
    assert made.cost == pytest.approx(dear * 1.2)
    made.ask("Hi", model=OPUS)
    first, second, third = (record.body for record in claude.records_of(request.node.name))
    assert [body["model"] for body in (first, second, third)] == [OPUS, HAIKU, OPUS]
    assert (first["thinking"]["type"], second["thinking"]["type"]) == ("adaptive", "enabled")


def test_a_message_of_a_page_brings_a_choice_that_the_kernel_has_not_confirmed(
    chat: Callable[..., nbstream.Chat], claude: ClaudeServer, request: pytest.FixtureRequest
) -> None:
    made = chat()
    say(made, Prompt("p", "k1", "Hi", model=HAIKU))
    made.wait()
    say(made, Prompt("p", "k2", "Hi", model="claude-mine"))
    made.wait()
    assert [record.body["model"] for record in claude.records_of(request.node.name)] == [HAIKU, HAIKU]


@pytest.mark.parametrize("models", [(), (OPUS,)])
def test_a_page_cannot_choose_a_model_that_the_chat_does_not_offer(
    chat: Callable[..., nbstream.Chat], models: tuple[str, ...]
) -> None:
    made = chat(models=models)
    say(made, SelectModel("p", "k1", HAIKU))
    assert made._session.defaults["model"] == OPUS


def test_a_file_keeps_the_menu_and_the_choice(chat: Callable[..., nbstream.Chat], tmp_path: Path) -> None:
    made = chat(file=tmp_path / "talk.json")
    say(made, SelectModel("p", "k1", HAIKU))
    made.ask("Hi")
    written = json.loads((tmp_path / "talk.json").read_text())
    assert (written["request"]["model"], written["request"]["models"]) == (HAIKU, [OPUS, HAIKU])
    for loaded in (nbstream.load(tmp_path / "talk.json"), chat(file=tmp_path / "talk.json", models=())):
        assert menu(loaded) == ModelsOffered((OPUS, HAIKU), HAIKU)
        assert loaded._session.defaults["model"] == HAIKU
    assert menu(nbstream.load(tmp_path / "talk.json", models=[OPUS, HAIKU], model=OPUS)).chosen == OPUS


def test_another_kernel_gets_the_menu_from_the_settings_that_pages_have(
    chat: Callable[..., nbstream.Chat],
) -> None:
    assert chat()._settings["request"]["models"] == [OPUS, HAIKU]
    assert "models" not in chat(models=())._settings["request"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"models": (OPUS, HAIKU), "max_tokens": 100_000}, "claude-haiku-4-5 has at most 64,000"),
        ({"models": (OPUS, "my-own"), "budget": 1}, "price of 'my-own'"),
        ({"models": ["  "]}, "blank"),
    ],
)
def test_a_model_that_the_chats_other_fields_exclude_is_refused_at_once(
    chat: Callable[..., nbstream.Chat], arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        chat(**arguments)
