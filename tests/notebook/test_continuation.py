"""A chat that a page kept is made again in a new kernel."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import comm
import pytest
from browser.lab import wait_until
from claude_server import ClaudeServer

import nbstream
from nbstream.conversation.request.default_fields import THINKING
from nbstream.core.ops import NoticeChanged
from nbstream.notebook.chat.widget import Chat
from nbstream.notebook.continuation import COMM_TARGET, LOST_CLIENT, SPENT_BUDGET, accept, continue_chat

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

MODEL_ID = "0123456789abcdef" * 2


class Link(comm.base_comm.BaseComm):
    """The kernel's end of the page's comm."""

    def __init__(self) -> None:
        super().__init__(target_name=COMM_TARGET, comm_id="1" * 32, primary=False)
        self.answers: list[Any] = []
        self.is_closed = False

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        if msg_type == "comm_msg":
            self.answers.append(data)
        elif msg_type == "comm_close":
            self.is_closed = True


@pytest.fixture(autouse=True)
def no_comms() -> Iterator[None]:
    yield
    for name in (MODEL_ID, "1" * 32):
        comm.get_comm_manager().comms.pop(name, None)
    comm.get_comm_manager().targets.pop(COMM_TARGET, None)


def page_data(**more: Any) -> dict[str, Any]:
    blocks = [{"content": {"type": "text"}, "text": "Why?"}]
    answer = [{"content": {"type": "text"}, "text": "Because"}]
    reply = {"status": "stopped", "stop_reason": "restarted", "usage": {"output_tokens": 2}, "cost_usd": 0.25}
    return {
        "v": 1,
        "chat": MODEL_ID,
        "cell": "cell-1",
        "settings": {"request": {"model": "claude-opus-4-8", "system": "Be brief."}, "budget": 1.0},
        "suggestions": ["Go on"],
        "turns": [
            {"id": "t1", "after": "", "role": "user", "is_shown": True, "blocks": blocks},
            {"id": "t2", "after": "t1", "role": "assistant", "is_shown": True, "blocks": answer, "reply": reply},
        ],
        **more,
    }


def continued(**more: Any) -> Chat:
    continue_chat(page_data(**more))
    assert nbstream.last is not None
    return nbstream.last


def test_the_chat_comes_back_with_its_id_its_cell_its_fields_and_its_conversation() -> None:
    chat = continued()
    assert (chat._chat, chat._suggestions) == (MODEL_ID, ["Go on"])
    assert chat._session.outputs.own.cell == "cell-1"
    assert chat._session.defaults["system"] == "Be brief."
    assert chat._session.defaults["thinking"] == THINKING
    assert (chat.status, chat.stop_reason, chat.text) == ("stopped", "restarted", "Because")
    assert [message["role"] for message in chat.messages] == ["user", "assistant"]


def test_a_chat_that_was_moved_can_be_moved_again_with_the_same_settings() -> None:
    settings = nbstream.chat(system="Be brief.", budget=0.5, max_tokens=9)._settings
    assert settings == {
        "request": {"model": "claude-opus-4-8", "system": "Be brief.", "max_tokens": 9},
        "budget": 0.5,
        "has_own_client": False,
    }
    chat = continued(settings=settings)
    assert chat._settings == settings
    assert chat._session.conversation._replies._budget_left == 0.25


def test_the_model_that_was_chosen_from_a_menu_stays_chosen() -> None:
    settings = {"request": {"model": "claude-opus-4-8", "models": ["claude-opus-4-8", "claude-haiku-4-5"]}}
    assert continued(settings=settings, model="claude-haiku-4-5")._session.defaults["model"] == "claude-haiku-4-5"
    with pytest.raises(ValueError, match="does not offer the model 'mine'"):
        continued(settings=settings, chat="b" * 32, model="mine")


def error_of(chat: Chat) -> str:
    chat.ask("And then?", wait=False)
    reply = chat._session.conversation.transcript.turns[-1].reply
    assert reply is not None
    return str(reply.error)


def test_a_budget_that_is_spent_stays_spent() -> None:
    chat = continued(settings={"request": {"model": "claude-opus-4-8"}, "budget": 0.25})
    assert error_of(chat) == SPENT_BUDGET


def test_replies_that_were_replaced_count_towards_the_budget(claude: ClaudeServer, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("continued-cost", rate=None))
    chat = nbstream.chat("Hi", client=client, file=file, show=False)
    first = chat.cost
    chat.retry().retry()
    assert chat.cost is not None
    assert first is not None
    assert chat.cost > 2 * first
    settings = {"request": {"model": "claude-opus-4-8"}, "budget": 1.0}
    moved = continued(settings=settings, turns=json.loads(file.read_text())["turns"])
    assert moved.cost == pytest.approx(chat.cost)
    assert moved._session.conversation._replies._budget_left == pytest.approx(1.0 - chat.cost)


def test_an_earlier_reply_without_a_price_takes_nothing_from_the_budget_and_makes_the_cost_unknown() -> None:
    unknown = {"status": "done", "usage": {"output_tokens": 2}, "cost_usd": None}
    blocks = [{"content": {"type": "text"}, "text": "Hm."}]
    turns = page_data()["turns"]
    for number, role in ((3, "user"), (4, "assistant")):
        reply = {"reply": unknown} if role == "assistant" else {}
        turns.append(
            {
                "id": f"t{number}",
                "after": f"t{number - 1}",
                "role": role,
                "is_shown": True,
                "blocks": blocks,
                **reply,
            }
        )
    chat = continued(turns=turns)
    assert chat.cost is None
    assert chat._session.conversation._replies._budget_left == 0.75


def test_a_chat_with_its_own_client_asks_nobody_and_says_how_to_go_on(claude: ClaudeServer) -> None:
    own = nbstream.chat(client=anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("own-client")))
    assert own._settings["has_own_client"] is True
    chat = continued(settings=own._settings)
    assert error_of(chat) == LOST_CLIENT
    assert claude.records_of("own-client") == []


def test_a_chat_that_the_kernel_has_is_not_made_twice() -> None:
    first = continued()
    comm.get_comm_manager().comms[MODEL_ID] = object()  # type: ignore[assignment]
    assert continued() is first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"v": 99}, "another version of nbstream", id="another version"),
        pytest.param({"chat": "../x"}, "is not a chat", id="no id"),
        pytest.param({"chat": None}, "is not a chat", id="an id that is no text"),
        pytest.param({"settings": None}, "is not a chat", id="no settings"),
        pytest.param({"settings": {}}, "request is None", id="no fields"),
        pytest.param({"turns": [{}]}, "turns", id="turns that are none"),
        pytest.param({"settings": {"request": {"model": 7}}}, "model is 7", id="a model that is none"),
    ],
)
def test_data_that_describes_no_chat_is_refused_with(change: dict[str, Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        continue_chat(page_data(**change))


def test_the_page_gets_an_answer_over_its_comm() -> None:
    accept()
    on_open = comm.get_comm_manager().targets[COMM_TARGET]
    assert callable(on_open)
    link, refused = Link(), Link()
    comm.get_comm_manager().register_comm(link)
    on_open(link, {"content": {"data": page_data(suggestions=None, settings={"request": {}})}})
    assert (link.answers, link.is_closed) == ([{}], True)
    comm.get_comm_manager().register_comm(refused)
    on_open(refused, {"content": {"data": page_data(turns=None)}})
    assert refused.answers == [{"error": "The conversation cannot be continued here: turns is None"}]
    assert refused.is_closed


@pytest.fixture
def lived_in(tmp_path: Path) -> Path:
    """The file of a chat that had an attachment and whose second reply a restart has cut off."""
    file = tmp_path / "review.json"
    chat = nbstream.chat(
        [base64.b64decode(PIXEL), "What is it?"],
        client=nbstream.demo("A *pixel*.", wait=0),
        file=file,
        show=False,
    )
    assert chat._settings["file"] == str(file)
    return file


def shown_turns(file: Path, *texts: str) -> list[dict[str, Any]]:
    """Return the records that a page has of the chat in a file, with another reply, cut off, for each text."""
    turns = json.loads(file.read_text())["turns"]
    turns[0]["blocks"] = [{"content": {"type": "image"}, "text": ""}, *turns[0]["blocks"][1:]]
    for text in texts:
        at = len(turns)
        reply = {"status": "stopped", "stop_reason": "restarted", "usage": {}, "cost_usd": 0.0}
        blocks = [{"content": {"type": "text"}, "text": text}]
        for number, record in (
            (1, {"role": "user", "blocks": blocks}),
            (2, {"role": "assistant", "reply": reply}),
        ):
            turn = {"id": f"t{at + number}", "after": f"t{at + number - 1}", "is_shown": True, "blocks": blocks}
            turns.append({**turn, **record})
    return list(turns)


def test_a_chat_that_lives_in_a_file_goes_on_in_it_with_all_that_the_file_has(lived_in: Path) -> None:
    settings = {"request": {"model": "claude-opus-4-8"}, "file": str(lived_in)}
    cost = json.loads(lived_in.read_text())["cost_usd"]
    chat = continued(settings=settings, turns=shown_turns(lived_in, "And so"))
    # The page has only the name of the picture, and the file only the first answer.
    assert chat.messages[0]["content"][0]["source"]["type"] == "base64"
    assert (chat.text, chat.cost, chat._settings) == ("And so", cost, settings)
    wait_until(lambda: "And so" in lived_in.read_text())
    chat._session.conversation._replies._client = nbstream.demo("Written.", wait=0)
    chat.ask("Go on")
    assert json.loads(lived_in.read_text())["messages"][-1]["content"][-1]["text"] == "Written."


@pytest.mark.parametrize("written", ["", "And", "And so on. Then"])
def test_a_reply_that_was_cut_off_is_as_the_page_shows_it(lived_in: Path, written: str) -> None:
    content = json.loads(lived_in.read_text())
    shown = shown_turns(lived_in, "And so on.")
    cut = copy.deepcopy(shown)
    cut[-1]["blocks"][0]["text"], cut[-1]["reply"]["stop_reason"] = written, "closed"
    lived_in.write_text(json.dumps({**content, "turns": cut}))
    settings = {"request": {"model": "claude-opus-4-8"}, "file": str(lived_in), "budget": 1.0}
    chat = continued(settings=settings, turns=shown)
    assert (chat.text, chat.stop_reason) == ("And so on.", "restarted")
    assert chat._session.conversation._replies._budget_left == pytest.approx(1.0)


@pytest.mark.parametrize("other", ["a later state", "another answer", "no conversation"])
def test_a_file_that_holds_something_else_is_left_as_it_is(
    lived_in: Path, other: str, caplog: pytest.LogCaptureFixture
) -> None:
    shown = shown_turns(lived_in, "And so")
    content = json.loads(lived_in.read_text())
    if other == "a later state":
        content["turns"] = shown_turns(lived_in, "And so", "Further")
    elif other == "another answer":
        content["turns"][1]["blocks"][-1]["text"] = "A circle."
    else:
        content = {"a": 1}
    lived_in.write_text(json.dumps(content))
    before = lived_in.read_text()
    settings = {"request": {"model": "claude-opus-4-8"}, "file": str(lived_in)}
    chat = continued(settings=settings, turns=shown)
    log = chat._session.conversation.transcript.log
    wait_until(lambda: any(isinstance(op, NoticeChanged) for op in log.read_from(0, log.seq)[0]))
    wait_until(lambda: "was changed by another chat" in caplog.text)
    chat._session.conversation._replies._client = nbstream.demo("Live.", wait=0)
    with pytest.raises(FileExistsError, match=r"Keep it with chat\.save"):
        chat.ask("Go on")
    assert (chat.text, lived_in.read_text()) == ("Live.", before)


def test_a_file_that_is_gone_is_written_again(tmp_path: Path) -> None:
    settings = {"request": {"model": "claude-opus-4-8"}, "file": str(tmp_path / "gone.json")}
    continued(settings=settings)
    wait_until(lambda: (tmp_path / "gone.json").exists())
    with pytest.raises(ValueError, match=r"ends in \.json"):
        continued(settings={**settings, "file": str(tmp_path / "a.txt")}, chat="c" * 32)
