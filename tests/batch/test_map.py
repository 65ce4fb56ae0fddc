"""`nbstream.map` over real HTTP, in plain Python."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import anthropic
import pandas as pd
import polars as pl
import pytest
from claude_server import ClaudeServer
from pydantic import BaseModel

import nbstream


class Label(BaseModel):
    label: Literal["spam", "ham"]
    score: int


def echo(body: dict[str, Any]) -> str:
    return "".join(part["text"] for part in body["messages"][-1]["content"]).upper()


def label(body: dict[str, Any]) -> str:
    number = int(echo(body).split()[-1])
    return f'{{"label": "{("spam", "ham")[number % 2]}", "score": {number}}}'


def client(url: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)


@pytest.mark.parametrize("library", [pd, pl])
def test_a_frame_comes_back_with_the_answers(claude: ClaudeServer, library: Any) -> None:
    frame = library.DataFrame({"text": [f"mail {number}" for number in range(20)], "score": list(range(20))})
    url = claude.url("map-label", reply=label, rate=None)
    before = nbstream.last
    batch = nbstream.map("Classify: {{text}}", frame, output=Label, client=client(url), model="claude-haiku-4-5")
    assert isinstance(batch, nbstream.Batch)
    assert (batch.status, batch.errors, len(claude.records_of("map-label"))) == ("done", [None] * 20, 20)
    assert batch.results[3] == Label(label="ham", score=3)
    made = batch.frame
    assert list(made.columns) == ["text", "score", "label", "score_answer"]
    assert list(made["score_answer"]) == list(range(20))
    assert batch.cost == pytest.approx(20 * 10 / 1e6 + batch.usage.output_tokens * 5 / 1e6)
    assert batch.usage.input_tokens == 200
    assert nbstream.last is before
    claude.records.clear()


def test_a_waiting_call_prints_its_progress(claude: ClaudeServer, capsys: pytest.CaptureFixture[str]) -> None:
    batch = nbstream.map("{{row}}", ["a", "b"], client=client(claude.url("map-print", reply=echo, rate=None)))
    assert batch.results == ["A", "B"]
    out = capsys.readouterr().out
    assert out.startswith("2 of 2 rows")
    assert out.count("\n") == 1


def test_a_batch_in_the_background_is_awaited(claude: ClaudeServer, capsys: pytest.CaptureFixture[str]) -> None:
    async def cell() -> nbstream.Batch:
        url = claude.url("map-await", reply=echo, rate=None)
        batch = nbstream.map("{{row}}", ["a", "b"], client=client(url), wait=False)
        assert (await batch) is batch
        return await batch

    assert asyncio.run(cell()).results == ["A", "B"]
    assert capsys.readouterr().out == ""


def test_a_cancelled_wait_stops_the_run(claude: ClaudeServer) -> None:
    async def cell() -> nbstream.Batch:
        batch = nbstream.map("{{row}}", ["a"], client=client(claude.url("map-cancel", stall_after=1)), wait=False)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(batch.__await__() and _await(batch), 0.1)
        return batch

    batch = asyncio.run(cell()).wait()
    assert (batch.status, batch.stop_reason) == ("stopped", "interrupt")


async def _await(batch: nbstream.Batch) -> None:
    await batch


def test_an_interrupt_ends_a_waiting_cell_and_all_requests(claude: ClaudeServer) -> None:
    claude.url("map-int-ok", reply=echo, rate=None)
    claude.url("map-int-stall", stall_after=1, rate=None)
    url = claude.url("map-int", choose=lambda body, _: "map-int-ok" if echo(body) == "ROW 0" else "map-int-stall")
    batch = nbstream.map("{{row}}", [f"row {n}" for n in range(40)], client=client(url), concurrency=8, wait=False)
    claude.wait_for(lambda: len(claude.records_of("map-int")) == 9)
    timer = threading.Timer(0.05, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        batch.wait()
    at = time.time()
    claude.wait_for(lambda: not any(record.is_open for record in claude.records_of("map-int")))
    assert time.time() - at < 1
    assert (batch.status, batch.stop_reason) == ("stopped", "interrupt")
    assert batch.results[0] == "ROW 0"
    assert batch.errors == [None] * 40


def test_closing_a_batch_stops_it(claude: ClaudeServer) -> None:
    batch = nbstream.map("{{row}}", ["a"], client=client(claude.url("map-close", stall_after=1)), wait=False)
    claude.wait_for(lambda: claude.records_of("map-close"))
    batch.close()
    assert (batch.wait().status, batch.stop_reason) == ("stopped", "closed")


def test_a_run_that_no_row_can_pass_raises_the_sdks_error(claude: ClaudeServer) -> None:
    url = claude.url("map-401", status=(401, "authentication_error"))
    with pytest.raises(anthropic.AuthenticationError):
        nbstream.map("{{row}}", ["a", "b"], client=client(url))


def test_rows_without_an_answer_are_asked_again(claude: ClaudeServer) -> None:
    claude.url("map-retry", status=(400, "invalid_request_error"))
    batch = nbstream.map("{{row}}", ["a", "b", "c"], client=client(f"http://127.0.0.1:{claude.port}/map-retry"))
    assert [type(error) for error in batch.errors] == [anthropic.BadRequestError] * 3
    claude.url("map-retry", reply=echo, rate=None)
    assert batch.retry(1).results == [None, "B", None]
    assert batch.retry().results == ["A", "B", "C"]
    assert batch.retry().status == "done"
    with pytest.raises(IndexError, match="no row 3"):
        batch.retry(3)


def test_the_users_functions_are_called(claude: ClaudeServer) -> None:
    threads: list[threading.Thread] = []

    def lookup(word: str) -> str:
        """Look up a word."""
        threads.append(threading.current_thread())
        return word * 2

    call = {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"word": "x"}}
    demo = nbstream.demo([call], "found", tokens_per_second=10_000, wait=0)
    batch = nbstream.map("{{row}}", ["a"], tools=[lookup], client=demo)
    assert batch.results == ["found"]
    assert threads == [threading.main_thread()]


def test_the_demo_answers_every_row() -> None:
    demo = nbstream.demo(tokens_per_second=100_000, wait=0)
    batch = nbstream.map("{{row}}", ["a", "b"], output=Label, client=demo)
    assert [type(result) for result in batch.results] == [Label, Label]
    assert batch.cost == 0


def test_a_second_run_asks_only_what_is_missing(claude: ClaudeServer, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    url = claude.url("map-file", reply=label, rate=None)
    rows = [{"text": f"mail {number}"} for number in range(10)]
    mine: dict[str, Any] = {"output": Label, "client": client(url), "file": file, "model": "claude-haiku-4-5"}
    first = nbstream.map("{{text}}", rows[:6], **mine)
    again = nbstream.map("{{text}}", rows, **mine)
    assert again.results[:6] == first.results
    assert set(Counter(record.question for record in claude.records_of("map-file")).values()) == {1}
    with pytest.raises(ValueError, match=r"answers are to another prompt\. Name another file"):
        nbstream.map("Is it spam? {{text}}", rows, **mine)
    with pytest.raises(ValueError, match="another output"):
        nbstream.map("{{text}}", rows, **{**mine, "output": Literal["a"]})
    assert len(claude.records_of("map-file")) == 10
