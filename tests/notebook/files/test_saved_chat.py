"""A conversation in a `.json` file: all of it, no key, and the same conversation when it is read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer
from PIL import Image

import nbstream
from nbstream.claude.usage import UsageMeter
from nbstream.conversation.request.checks import build_defaults
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block
from nbstream.notebook.files.saved_chat import SavedChat, chat_json, read_chat

KEY = "sk-ant-secret"
THINKING_REPLY = [
    {"type": "thinking", "thinking": "A city …"},
    {"type": "text", "text": "Oslo.", "citations": [{"type": "char_location", "cited_text": "Oslo is"}]},
]


def demo(*replies: Any) -> anthropic.AsyncAnthropic:
    return nbstream.demo(*replies, tokens_per_second=100_000, wait=0)


def content(transcript: Transcript | None = None, **fields: Any) -> dict[str, Any]:
    defaults, _ = build_defaults(demo(), **fields)
    loaded: dict[str, Any] = json.loads(chat_json(transcript or Transcript(), defaults, []))
    return loaded


def test_a_conversation_goes_on_in_another_kernel(tmp_path: Path) -> None:
    chat = nbstream.chat(["A capital?", Image.new("RGB", (4, 4))], client=demo(THINKING_REPLY), system="Be brief.")
    chat.ask("And another?")
    file = chat.save(tmp_path / "chat.json")
    loaded = nbstream.load(file, client=demo("Bergen is none."))
    assert json.dumps(loaded.messages) == json.dumps(chat.messages)
    assert (loaded.text, loaded.status, loaded.stop_reason) == (chat.text, "done", "end_turn")
    assert loaded.usage == chat.usage
    assert loaded.message == chat.message
    assert loaded.to_markdown() == chat.to_markdown()
    assert loaded.ask("And in the west?").text == "Bergen is none."
    assert loaded.messages[:4] == chat.messages


def test_what_it_cost_is_part_of_the_bill_after_loading(claude: ClaudeServer, tmp_path: Path) -> None:
    client = anthropic.AsyncAnthropic(api_key=KEY, base_url=claude.url("saved-cost", text="Hi", rate=None))
    chat = nbstream.chat("Hello", client=client, model="claude-opus-4-8")
    assert chat.cost
    loaded = nbstream.load(chat.save(tmp_path / "chat.json"), client=client)
    assert loaded.cost == chat.cost
    assert json.loads((tmp_path / "chat.json").read_text())["cost_usd"] == chat.cost
    loaded.ask("Again")
    assert loaded.cost == pytest.approx(2 * chat.cost)


def test_the_file_never_holds_a_key(tmp_path: Path) -> None:
    chat = nbstream.chat(
        "Hello",
        client=demo("Hi"),
        extra_headers={"x-api-key": KEY},
        extra_body={"token": KEY},
        metadata={"user_id": KEY},
        mcp_servers=[{"type": "url", "url": "https://x", "name": "x", "authorization_token": KEY}],
    )
    assert KEY not in chat.save(tmp_path / "chat.json").read_text()


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert content(model="m")["request"] == {"model": "m"}
    fields = {"model": "m", "system": "Be brief.", "max_tokens": 9, "thinking": None, "effort": "low"}
    assert content(**fields)["request"] == {
        "model": "m",
        "system": "Be brief.",
        "max_tokens": 9,
        "thinking": None,
        "output_config": {"effort": "low"},
    }


def test_what_is_given_comes_before_what_is_in_the_file() -> None:
    saved = SavedChat({"model": "m", "max_tokens": 9, "output_config": {"effort": "low"}}, [], [])
    given = {"model": "n", "max_tokens": 64_000, "system": None}
    assert saved.complete(given) == {
        "model": "n",
        "max_tokens": 9,
        "system": None,
        "output_config": {"effort": "low"},
    }


def test_half_a_character_is_kept(tmp_path: Path) -> None:
    transcript = Transcript()
    transcript.add_turn("user", [{"type": "text", "text": "x\ud83d y"}])
    file = tmp_path / "chat.json"
    file.write_text(chat_json(transcript, {"model": "m"}, []), "utf-8")
    restored = Transcript()
    read_chat(file).restore(restored, [], 0.0)
    assert restored.messages() == transcript.messages()


def test_values_that_are_no_json_are_written_as_text() -> None:
    transcript = Transcript()
    transcript.open_turn("user")
    transcript.append_block(Block("kind_of_2030", {"where": Path("x")}), 0.0, {})
    transcript.close_block()
    assert content(transcript)["turns"][0]["blocks"][0]["content"]["where"] == "x"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"version": 2},
            r"by a newer nbstream: .*version 2.*reads version 1\. Update with pip install -U",
        ),
        ({"version": None}, r"has the version None.*messages can be read with json"),
        ({"format": "else"}, r"is not a conversation of nbstream; give a \.json"),
        ({"turns": [1]}, r"is damaged: .*turns\[0\] is 1"),
        ({"meters": [{}]}, r"is damaged: KeyError\('model'\)"),
        ({"meters": [{"model": "claude-opus-4-8", "requests": [{"counts": {"output_tokens": "x"}}]}]}, "damaged"),
        ({"request": None}, r"is damaged"),
    ],
)
def test_another_file_is_refused_with_what_to_do(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    file = tmp_path / "chat.json"
    file.write_text(json.dumps({**content(), **change}))
    with pytest.raises(ValueError, match=said):
        nbstream.load(file)


def test_a_missing_file_and_one_that_is_no_json_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no file .*x\.json; chat\.save\('.*x\.json'\)"):
        nbstream.load(tmp_path / "x.json")
    (tmp_path / "x.json").write_text("# Notes")
    with pytest.raises(ValueError, match=r"x\.json is not JSON \(.*\); give a file that chat\.save"):
        nbstream.load(tmp_path / "x.json")


def test_arguments_of_load_are_those_of_chat(tmp_path: Path) -> None:
    file = nbstream.chat(client=demo(), model="m", max_tokens=9).save(tmp_path / "chat.json")
    chat = nbstream.load(str(file), client=demo("Hi"), system="Be brief.")
    assert chat._session.defaults["max_tokens"] == 9
    assert chat._session.defaults["system"] == "Be brief."
    assert nbstream.last is chat
    with pytest.raises(ValueError, match="messages were given beside a file"):
        nbstream.load(file, messages=[{"role": "user", "content": "Hi"}])


def test_costs_of_a_meter_survive_its_record() -> None:
    meter = UsageMeter("claude-opus-4-8")
    meter.record({"input_tokens": 5, "output_tokens": 7}, is_complete=True)
    meter.add_block("text")
    meter.next_request()
    meter.add_text("more")
    again = UsageMeter.from_record(json.loads(json.dumps(meter.to_record())))
    assert again.requests == meter.requests
    assert again.model == meter.model
