"""Chats with `output=`, with the real SDK over real HTTP."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import anthropic
import pydantic
import pytest
from claude_server import ClaudeServer

import nbstream
from nbstream.claude.demo import content_events
from nbstream.core.turn import Turn

CITIES = '[{"name": "Lima", "people": 10}, {"name": "Cusco", "people": 4}]'

_numbers = itertools.count()


class City(pydantic.BaseModel):
    name: str
    people: int


LIMA, CUSCO = City(name="Lima", people=10), City(name="Cusco", people=4)


class Claude:
    """A client whose requests are answered in order, and the bodies of the requests."""

    def __init__(self, server: ClaudeServer) -> None:
        self.server = server
        self.name = f"output-{next(_numbers)}"

    def answering(self, *scenarios: dict[str, Any]) -> anthropic.AsyncAnthropic:
        for index, scenario in reversed([*enumerate(scenarios)]):
            then = {} if index == len(scenarios) - 1 else {"then": f"{self.name}-{index + 1}"}
            url = self.server.url(f"{self.name}-{index}", rate=None, **scenario, **then)
        return anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [record.body for record in self.server.records_of(f"{self.name}-0")]


@pytest.fixture
def scripted(claude: ClaudeServer) -> Claude:
    return Claude(claude)


def latest(chat: nbstream.Chat) -> Turn:
    turn = chat._session.conversation.transcript.last_reply
    assert turn is not None
    return turn


def test_the_reply_is_held_to_the_type_and_its_value_is_the_output(scripted: Claude) -> None:
    chat = nbstream.chat("Cities?", output=list[City], effort="low", client=scripted.answering({"text": CITIES}))
    assert chat.output == [LIMA, CUSCO]
    assert chat.output is chat.output
    assert (chat.text, chat.status, chat.error) == (CITIES, "done", None)
    config = scripted.bodies[0]["output_config"]
    assert config["effort"] == "low"
    assert config["format"]["schema"]["items"] == {"$ref": "#/$defs/City"}
    assert latest(chat).blocks[0].data == {"columns": {"": [["name", 0], ["people", 1]]}}
    assert "| Lima | 10 |" in chat.to_markdown()


def test_one_message_alone_may_be_held_to_a_type(scripted: Claude) -> None:
    client = scripted.answering({"text": "Hi"}, {"text": '{"name": "Lima", "people": 10}'}, {"text": "Bye"})
    chat = nbstream.chat("Hello", client=client)
    assert chat.output is None
    assert chat.ask("A city?", output=City).output == LIMA
    assert chat.ask("Thanks").output is None
    assert [("output_config" in body) for body in scripted.bodies] == [False, True, False]


def test_an_answer_that_does_not_fit_fails_with_its_fields_and_can_be_asked_for_again(scripted: Claude) -> None:
    wrong = '[{"name": "Lima", "people": "many"}]'
    client = scripted.answering({"text": wrong}, {"text": CITIES})
    with pytest.raises(
        nbstream.OutputError, match=r"does not fit list\[City\]: \[0\]\.people: .*'many'"
    ) as raised:
        nbstream.chat("Cities?", output=list[City], client=client)
    chat = nbstream.last
    assert chat is not None
    assert list(raised.value.fields) == ["[0].people"]
    assert (chat.status, chat.text, chat.output, chat.error) == ("failed", wrong, None, raised.value)
    assert chat.usage.output_tokens > 0
    reply = latest(chat).reply
    assert reply is not None
    assert reply.error == str(raised.value)
    # A page then offers Retry and not Continue, because the answer is complete.
    assert reply.cause == "misfit"
    assert chat.retry().output == [LIMA, CUSCO]


def test_a_broken_answer_goes_on_as_text_and_is_then_read_as_a_whole(scripted: Claude) -> None:
    client = scripted.answering({"text": CITIES[:40], "stop_reason": "max_tokens"}, {"text": CITIES[40:]})
    with pytest.raises(nbstream.OutputError, match=r"reached max_tokens .* chat\.continue_\(\) goes on") as raised:
        nbstream.chat("Cities?", output=list[City], client=client)
    chat = nbstream.last
    assert chat is not None
    assert not raised.value.fields
    assert (chat.status, chat.stop_reason, chat.output) == ("done", "max_tokens", None)
    assert chat.continue_().output == [LIMA, CUSCO]
    assert chat.error is None
    assert [("output_config" in body) for body in scripted.bodies] == [True, False]


def test_a_refusal_has_no_output(scripted: Claude) -> None:
    client = scripted.answering({"text": "I will not.", "stop_reason": "refusal"})
    with pytest.raises(nbstream.OutputError, match="Claude declined"):
        nbstream.chat("Cities?", output=list[City], client=client)


def test_text_before_a_call_is_no_answer(scripted: Claude) -> None:
    def lookup() -> str:
        """Look up the cities."""
        return "Lima, Cusco"

    call = [{"type": "text", "text": "I will look."}, {"type": "tool_use", "name": "lookup", "input": {}}]
    client = scripted.answering({"events": list(content_events(call))}, {"text": CITIES})
    chat = nbstream.chat("Cities?", output=list[City], tools=[lookup], client=client)
    assert chat.output == [LIMA, CUSCO]
    assert all("format" in body["output_config"] for body in scripted.bodies)
    assert "I will look." in chat.to_markdown()


@pytest.mark.anyio
async def test_awaiting_raises_too_and_stopping_does_not(scripted: Claude) -> None:
    client = scripted.answering({"text": "{}"}, {"stall_after": 1, "text": CITIES})
    with pytest.raises(nbstream.OutputError, match="name: Field required"):
        await nbstream.chat("City?", output=City, client=client, wait=False)
    chat = nbstream.last
    assert chat is not None
    chat.ask("Again", wait=False)
    async for _ in chat:
        chat.stop()
    assert (chat.status, chat.error, chat.output) == ("stopped", None, None)


def test_a_conversation_of_a_file_keeps_its_format(scripted: Claude, tmp_path: Path) -> None:
    client = scripted.answering({"text": CITIES})
    chat = nbstream.chat("Cities?", output=list[City], client=client)
    loaded = nbstream.load(chat.save(tmp_path / "a.json"), client=client)
    assert loaded.output == [{"name": "Lima", "people": 10}, {"name": "Cusco", "people": 4}]
    typed = nbstream.load(tmp_path / "a.json", client=client, output=list[City])
    assert typed.output == [LIMA, CUSCO]
    assert typed.ask("Again").output == [LIMA, CUSCO]


def test_each_model_of_a_comparison_has_an_output(claude: ClaudeServer) -> None:
    for name in ("output-a", "output-b"):
        claude.url(name, text=CITIES, rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("by-model"))
    row = nbstream.compare("Cities?", ["output-a", "output-b"], output=list[City], client=client)
    assert [chat.output for chat in row.chats.values()] == [[LIMA, CUSCO]] * 2


def test_the_demo_answers_with_values_that_fit() -> None:
    client = nbstream.demo(tokens_per_second=100_000, wait=0)
    chat = nbstream.chat("Cities?", output=list[City], client=client)
    assert len(chat.output) == 3


def test_a_type_that_cannot_be_asked_for_is_refused_before_anything_is_sent(scripted: Claude) -> None:
    client = scripted.answering({"text": CITIES})
    with pytest.raises(TypeError, match="output is 'City'; give a pydantic model"):
        nbstream.chat("Cities?", output="City", client=client)
    chat = nbstream.chat(client=client)
    with pytest.raises(TypeError, match=r"output is list\[object\]"):
        chat.ask("Cities?", output=list[object])
    assert (scripted.bodies, chat.messages) == ([], [])
