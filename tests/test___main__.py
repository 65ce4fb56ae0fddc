"""The command line: its refusals, and a server that it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from nbstream import __main__ as command_line
from nbstream.server import app
from nbstream.server.http import run


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    names = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR")
    for name in (*names, "NBSTREAM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of the app, and whether it was run. Nothing listens."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(app, "create_app", lambda **given: seen.update(given) or SimpleNamespace())
    monkeypatch.setattr(run, "bind_socket", lambda _, host, port: seen.update(host=host, port=port))
    monkeypatch.setattr(run, "run_server", lambda *_: seen.update(runs=True))
    return seen


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        command_line.main(["serve", *arguments])
    assert caught.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


def test_the_demo_is_served_on_this_machine_and_can_be_resumed(created: dict[str, Any]) -> None:
    command_line.main(["serve", "--demo"])
    assert created.pop("client").api_key == "demo"
    assert created == {
        "host": "127.0.0.1", "port": 8000, "token": None, "resume_for": 30.0, "redis": None, "runs": True,
        "root_path": "", "on_end": None,
    }  # fmt: skip


def test_with_a_key_the_server_makes_its_own_client(
    created: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    command_line.main(["serve", "--port", "0", "--resume-for", "0", "--redis", "redis://localhost"])
    assert created["client"] is None
    assert (created["port"], created["resume_for"], created["redis"]) == (0, 0.0, "redis://localhost")


def test_the_token_comes_from_the_argument_or_the_environment(
    created: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSTREAM_TOKEN", "of-the-environment")
    command_line.main(["serve", "--demo"])
    assert created["token"] == "of-the-environment"
    command_line.main(["serve", "--demo", "--token", "of-the-argument"])
    assert created["token"] == "of-the-argument"
    monkeypatch.setenv("NBSTREAM_TOKEN", "")
    command_line.main(["serve", "--demo"])
    assert created["token"] is None


def test_without_a_key_nothing_listens_and_the_message_says_where_to_put_one(
    created: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    output = refusal(capsys)
    assert "ANTHROPIC_API_KEY" in output
    assert "--demo" in output
    assert output.count("\n") == 1
    assert created == {}


def test_beyond_this_machine_a_token_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    output = refusal(capsys, "--demo", "--host", "0.0.0.0")
    assert output.startswith("nbstream: '0.0.0.0' can be reached from other machines")
    assert "NBSTREAM_TOKEN" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "'70000' is not a port number"),
        (["--port", "http"], "'http' is not a port number"),
        (["--resume-for", "-1"], "'-1' is not a time"),
        (["--resume-for", "inf"], "'inf' is not a time"),
        (["--resume-for", "long"], "'long' is not a time"),
        (["--demo", "--token", ""], "The token is empty"),
    ],
)
def test_a_wrong_argument_is_named_with_the_accepted_values(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(capsys, *arguments)


def test_a_token_that_cannot_be_sent_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "s e c r e t" not in refusal(capsys, "--demo", "--token", "s e c r e t")


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_servers_packages_the_message_says_how_to_install_them(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("nbstream.server", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert "pip install nbstream[server]" in refusal(capsys, "--demo")


def test_without_redis_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def create_app(**_: Any) -> Any:
        raise ModuleNotFoundError(name="redis.asyncio")

    monkeypatch.setattr(app, "create_app", create_app)
    assert "pip install nbstream[redis]" in refusal(capsys, "--demo", "--redis", "redis://localhost")


def test_a_missing_module_of_nbstream_is_not_a_mistake_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_app(**_: Any) -> Any:
        raise ModuleNotFoundError(name="nbstream.lost")

    monkeypatch.setattr(app, "create_app", create_app)
    with pytest.raises(ModuleNotFoundError):
        command_line.main(["serve", "--demo"])


def test_the_demo_streams_to_callers_with_the_token_until_it_is_interrupted() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nbstream", "serve", "--demo", "--port", "0"],
        env={**os.environ, "NBSTREAM_TOKEN": "the-token-of-this-test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            address = httpx2.URL(process.stdout.readline().removeprefix("nbstream: ").strip())
            assert address.params["token"] == "the-token-of-this-test"
            stream = address.copy_with(path="/api/stream", query=None)
            assert httpx2.post(stream, json={"prompt": "Hello"}).status_code == 401
            with httpx2.Client() as reader:
                assert reader.get(address).headers["location"] == "./"
                with reader.stream("POST", stream, json={"prompt": "Hello"}) as response:
                    assert response.headers["content-type"].startswith("text/event-stream")
                    events = (json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))
                    assert next(event["text"] for event in events if "text" in event)
                    process.send_signal(signal.SIGINT)
                    with pytest.raises(httpx2.RemoteProtocolError):
                        list(events)
            output, errors = process.communicate(timeout=10)
            assert (output, errors, process.returncode) == ("", "", 0)
        finally:
            process.kill()


def test_a_function_for_ended_answers_and_a_path_are_passed_on(
    created: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "operators_own.py").write_text("def store(*_): ...")
    monkeypatch.syspath_prepend(tmp_path)
    command_line.main(["serve", "--demo", "--root-path", "/chat", "--on-end", "operators_own:store"])
    assert created["root_path"] == "/chat"
    assert created["on_end"].__name__ == "store"


@pytest.mark.parametrize("name", ["store", "no_such_module:store", "json:no_such_function", ":", "..:x"])
def test_a_function_that_cannot_be_loaded_is_refused(
    created: dict[str, Any], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said = refusal(capsys, "--demo", "--on-end", name)
    assert f"--on-end is {name!r}" in said
    assert "give MODULE:FUNCTION" in said
    assert created == {}
