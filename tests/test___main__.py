"""The command line: what it refuses with a sentence, and a server as one starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
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
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an app was made of, and that it was served; nothing listens."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(app, "create_app", lambda **given: seen.update(given) or SimpleNamespace())
    monkeypatch.setattr(run, "bind_socket", lambda _, host, port: seen.update(host=host, port=port))
    monkeypatch.setattr(run, "run_server", lambda *_: seen.update(runs=True))
    return seen


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        command_line.main(["serve", *arguments])
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_the_demo_is_served_on_this_machine_and_waits_for_readers(made: dict[str, Any]) -> None:
    command_line.main(["serve", "--demo"])
    assert made.pop("client").api_key == "demo"
    assert made == {
        "host": "127.0.0.1", "port": 8000, "token": None, "resume_for": 30.0, "redis": None, "runs": True
    }  # fmt: skip


def test_with_a_key_the_server_makes_its_own_client(made: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    command_line.main(["serve", "--port", "0", "--resume-for", "0", "--redis", "redis://localhost"])
    assert made["client"] is None
    assert (made["port"], made["resume_for"], made["redis"]) == (0, 0.0, "redis://localhost")


def test_the_token_is_the_arguments_or_the_environments(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSTREAM_TOKEN", "of-the-environment")
    command_line.main(["serve", "--demo"])
    assert made["token"] == "of-the-environment"
    command_line.main(["serve", "--demo", "--token", "of-the-argument"])
    assert made["token"] == "of-the-argument"
    monkeypatch.setenv("NBSTREAM_TOKEN", "")
    command_line.main(["serve", "--demo"])
    assert made["token"] is None


def test_without_a_key_nobody_listens_and_it_is_said_where_to_put_one(
    made: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys)
    assert "ANTHROPIC_API_KEY" in said
    assert "--demo" in said
    assert said.count("\n") == 1
    assert made == {}


def test_beyond_this_machine_a_token_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "--demo", "--host", "0.0.0.0")
    assert said.startswith("nbstream: '0.0.0.0' can be reached from other machines")
    assert "NBSTREAM_TOKEN" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "'70000' is not a port number"),
        (["--port", "http"], "'http' is not a port number"),
        (["--resume-for", "-1"], "'-1' is not a time"),
        (["--resume-for", "inf"], "'inf' is not a time"),
        (["--resume-for", "long"], "'long' is not a time"),
        (["--demo", "--token", ""], "The token is empty"),
    ],
)
def test_what_cannot_be_right_is_named_with_what_is_accepted(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refusal(capsys, *arguments)


def test_a_token_that_cannot_be_sent_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "s e c r e t" not in refusal(capsys, "--demo", "--token", "s e c r e t")


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_server_it_says_how_to_install_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("nbstream.server", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert "pip install nbstream[server]" in refusal(capsys, "--demo")


def test_without_redis_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def create_app(**_: Any) -> Any:
        raise ModuleNotFoundError(name="redis.asyncio")

    monkeypatch.setattr(app, "create_app", create_app)
    assert "pip install nbstream[redis]" in refusal(capsys, "--demo", "--redis", "redis://localhost")


def test_a_module_of_our_own_that_is_missing_is_no_mistake_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_app(**_: Any) -> Any:
        raise ModuleNotFoundError(name="nbstream.lost")

    monkeypatch.setattr(app, "create_app", create_app)
    with pytest.raises(ModuleNotFoundError):
        command_line.main(["serve", "--demo"])


def test_the_demo_streams_to_whoever_has_the_token_until_it_is_interrupted() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nbstream", "serve", "--demo", "--port", "0"],
        env={**os.environ, "NBSTREAM_TOKEN": "the-token"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            address = httpx2.URL(process.stdout.readline().removeprefix("nbstream: ").strip())
            assert address.params["token"] == "the-token"
            stream = address.copy_with(path="/api/stream", query=None)
            assert httpx2.post(stream, json={"prompt": "Hello"}).status_code == 401
            with httpx2.Client() as reader:
                assert reader.get(address).headers["location"] == "/"
                with reader.stream("POST", stream, json={"prompt": "Hello"}) as response:
                    assert response.headers["content-type"].startswith("text/event-stream")
                    events = (json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: "))
                    assert next(event["text"] for event in events if "text" in event)
                    process.send_signal(signal.SIGINT)
                    with pytest.raises(httpx2.RemoteProtocolError):
                        list(events)
            said, complained = process.communicate(timeout=10)
            assert (said, complained, process.returncode) == ("", "", 0)
        finally:
            process.kill()
