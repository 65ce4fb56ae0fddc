"""A run over rows, against the scripted server."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.batch.rows.prompts import Prompts
from nbstream.batch.rows.source import read_rows
from nbstream.batch.run.answer_file import AnswerFile
from nbstream.batch.run.pace import Pace
from nbstream.batch.run.row_key import RowKeys
from nbstream.batch.run.row_reply import RowAsker
from nbstream.batch.run.runner import BatchRun
from nbstream.batch.run.spending import Spending
from nbstream.batch.run.state import RowStatus, RunStatus
from nbstream.conversation.request.checks import build_defaults

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("closed_clients")]


def echo(body: dict[str, Any]) -> str:
    """Answer with the question in capitals."""
    content = body["messages"][-1]["content"]
    return "".join(part["text"] for part in content).upper()


class Batch:
    """A run and everything that it is made of."""

    def __init__(
        self,
        url: str,
        rows: Any,
        *,
        concurrency: int = 4,
        budget: float | None = None,
        file: Path | None = None,
        prompt: Any = "{{row}}",
        changed: Callable[[], None] = lambda: None,
        **more: Any,
    ) -> None:
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        defaults, _ = build_defaults(client, model="claude-haiku-4-5", thinking=None)
        read = read_rows(rows)
        prompts = Prompts.of(prompt, read)
        keys = RowKeys(defaults, [], prompts.template)
        answers = None if file is None else AnswerFile(file, keys.parts)
        if answers is not None:
            answers.open()
        self.ends: list[None] = []
        self.pace = Pace(concurrency, min_pause_seconds=0.01)
        self.run = BatchRun(
            len(read),
            prompts,
            RowAsker(client, defaults, [], time.monotonic),
            keys,
            self.pace,
            Spending(budget),
            answers,
            clock=time.monotonic,
            changed=changed,
            ended=lambda: self.ends.append(None),
            **more,
        )

    async def over(self) -> BatchRun:
        self.run.start()
        return await self.rest()

    async def rest(self) -> BatchRun:
        await asyncio.wait_for(asyncio.wrap_future(self.run.life.is_over), 10)
        return self.run

    async def until(self, condition: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 10
        while not condition():
            assert loop.time() < deadline
            await asyncio.sleep(0.002)


def questions(claude: ClaudeServer, name: str) -> Counter[str]:
    return Counter(record.question for record in claude.records_of(name))


TEXTS = [f"row {number}" for number in range(12)]
ANSWERS = [text.upper() for text in TEXTS]


async def test_every_row_is_asked_once_and_no_more_than_allowed_at_once(claude: ClaudeServer) -> None:
    most: list[int] = []
    batch = Batch(
        claude.url("run", reply=echo, rate=None, first=0.01),
        TEXTS,
        concurrency=3,
        changed=lambda: most.append(batch.run.running),
    )
    run = await batch.over()
    assert (run.life.status, run.results.values, run.results.errors) == (RunStatus.DONE, ANSWERS, {})
    assert max(most) == 3
    assert questions(claude, "run") == Counter(TEXTS)
    assert len(batch.ends) == 1
    run.stop("user")
    assert (run.life.status, run.life.stop_reason) == (RunStatus.DONE, None)


async def test_a_row_that_fails_does_not_fail_the_run(claude: ClaudeServer) -> None:
    claude.url("some-ok", reply=echo, rate=None)
    claude.url("some-bad", status=(400, "invalid_request_error"))
    url = claude.url("some", choose=lambda body, _: "some-bad" if "3" in echo(body) else "some-ok")
    run = await Batch(url, [*TEXTS[:5], " "]).over()
    assert run.life.status is RunStatus.DONE
    assert run.results.values == [*ANSWERS[:3], None, ANSWERS[4], None]
    assert [type(run.results.errors[row]) for row in (3, 5)] == [anthropic.BadRequestError, ValueError]


async def test_rows_that_ask_the_same_are_asked_once(claude: ClaudeServer) -> None:
    url = claude.url("twice", reply=echo, rate=None, first=0.01)
    run = await Batch(url, ["a", "b", "a", "a", "b", "c"], concurrency=2).over()
    assert run.results.values == ["A", "B", "A", "A", "B", "C"]
    assert questions(claude, "twice") == Counter("abc")
    assert run.known.count == 3


async def test_a_refusal_slows_all_rows_by_the_servers_own_wish(claude: ClaudeServer) -> None:
    claude.url("slow-429", status=(429, "rate_limit_error"), headers={"retry-after-ms": "1000"})
    claude.url("slow-ok", reply=echo, rate=None)
    url = claude.url("slow", choose=lambda _, before: "slow-ok" if before else "slow-429")
    batch = Batch(url, TEXTS[:8], concurrency=4)
    run = await batch.over()
    assert run.results.values == ANSWERS[:8]
    began = sorted(record.received_at for record in claude.records_of("slow"))
    # The first four were refused; after the pause, half as many begin.
    assert began[3] - began[0] < 0.9
    assert began[4] - began[0] > 0.9
    assert max(questions(claude, "slow").values()) == 2


async def test_resets_and_errors_of_the_server_are_repeated(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.batch.run.retries.backoff_seconds", lambda attempt: 0.01 * attempt)
    faults = [("reset", 0), ("reset", 2), ("early_end", 1), ("error_event", 2)]
    for number, (fault, after) in enumerate(faults):
        claude.url(f"lost-{number}", text="half of it all", rate=None, fault=fault, fault_after=after)
    claude.url("lost-4", status=(500, "api_error"))
    claude.url("lost-ok", reply=echo, rate=None)
    url = claude.url(
        "lost", choose=lambda body, before: "lost-ok" if before else f"lost-{int(echo(body)[4:]) % 5}"
    )
    run = await Batch(url, TEXTS[:10]).over()
    assert (run.life.status, run.results.values) == (RunStatus.DONE, ANSWERS[:10])
    assert set(questions(claude, "lost").values()) == {2}


async def test_a_failure_that_stays_is_the_rows_own(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.batch.run.retries.backoff_seconds", lambda _: 0.0)
    run = await Batch(claude.url("always-500", status=(500, "api_error")), ["a", "b"], max_attempts=2).over()
    assert run.life.status is RunStatus.DONE
    assert len(run.results.errors) == 2
    assert set(questions(claude, "always-500").values()) == {2}


async def test_a_wrong_key_ends_the_run_and_a_retry_goes_on(claude: ClaudeServer) -> None:
    url = claude.url("key", status=(401, "authentication_error"))
    batch = Batch(url, TEXTS, concurrency=2)
    run = await batch.over()
    assert run.life.status is RunStatus.FAILED
    assert isinstance(run.life.error, anthropic.AuthenticationError)
    assert len(claude.records_of("key")) <= 2
    claude.url("key", reply=echo, rate=None)
    run.retry(list(range(12)))
    run = await batch.rest()
    assert (run.life.status, run.life.error, run.results.values) == (RunStatus.DONE, None, ANSWERS)


async def test_a_stop_closes_all_requests_at_once_and_keeps_what_is_done(claude: ClaudeServer) -> None:
    claude.url("stop-ok", reply=echo, rate=None)
    claude.url("stop-stall", stall_after=1, rate=None)
    url = claude.url("stop", choose=lambda body, _: "stop-ok" if int(echo(body)[4:]) < 5 else "stop-stall")
    batch = Batch(url, TEXTS)
    batch.run.start()
    await batch.until(lambda: batch.run.results.rows.count(RowStatus.DONE) == 5 and batch.run.running == 4)
    await asyncio.to_thread(claude.wait_for, lambda: len(claude.records_of("stop")) == 9)
    at = time.time()
    batch.run.stop("user")
    batch.run.stop("interrupt")
    run = await batch.rest()
    await asyncio.to_thread(claude.wait_for, lambda: not any(r.is_open for r in claude.records_of("stop")))
    assert max(record.disconnected_at or 0 for record in claude.records_of("stop")) - at < 1
    assert (run.life.status, run.life.stop_reason) == (RunStatus.STOPPED, "user")
    assert run.results.values == [*ANSWERS[:5], *[None] * 7]
    counts = [run.results.rows.count(status) for status in (RowStatus.STOPPED, RowStatus.WAITING)]
    assert counts == [4, 3]
    claude.url("stop-stall", reply=echo, rate=None)
    run.retry(list(range(12)))
    assert (await batch.rest()).results.values == ANSWERS
    assert len(batch.ends) == 2


async def test_a_stop_during_a_pause_leaves_no_timer(claude: ClaudeServer) -> None:
    url = claude.url("pause", status=(429, "rate_limit_error"), headers={"retry-after": "300"})
    batch = Batch(url, TEXTS)
    batch.run.start()
    await batch.until(lambda: batch.run.pace.paused_seconds(time.monotonic()) and not batch.run.running)
    batch.run.stop("user")
    assert (await batch.rest()).life.status is RunStatus.STOPPED


async def test_a_stop_while_rows_rest_takes_them_up_later(claude: ClaudeServer) -> None:
    url = claude.url("rest", status=(500, "api_error"))
    batch = Batch(url, ["a", "a", "b"])
    batch.run.start()
    await batch.until(lambda: len(claude.records_of("rest")) == 2 and not batch.run.running)
    batch.run.stop("user")
    run = await batch.rest()
    claude.url("rest", reply=echo, rate=None)
    run.retry([0, 1, 2])
    assert (await batch.rest()).results.values == ["A", "A", "B"]


async def test_a_failed_row_is_asked_again_while_others_run(claude: ClaudeServer) -> None:
    claude.url("again-bad", status=(400, "invalid_request_error"))
    claude.url("again-ok", reply=echo, rate=None)
    claude.url("again-stall", stall_after=1, rate=None)
    url = claude.url(
        "again", choose=lambda body, before: f"again-{['bad', 'ok'][before] if echo(body) == 'A' else 'stall'}"
    )
    batch = Batch(url, ["a", "b"])
    batch.run.start()
    await batch.until(lambda: batch.run.results.errors)
    batch.run.retry([0, 1])
    await batch.until(lambda: batch.run.results.values[0] == "A")
    assert batch.run.life.status is RunStatus.RUNNING
    batch.run.stop("user")
    await batch.rest()


async def test_the_first_request_goes_before_the_rest(claude: ClaudeServer) -> None:
    url = claude.url("first", reply=echo, rate=20, first=0.1)
    run = await Batch(url, TEXTS[:4], sends_first_alone=True).over()
    assert run.results.values == ANSWERS[:4]
    first, *others = sorted(claude.records_of("first"), key=lambda record: record.received_at)
    # The others begin when the first answer has begun, and not when it has ended.
    assert all(other.received_at - first.received_at > 0.09 for other in others)
    assert all(other.received_at < (first.finished_at or 0) for other in others)


async def test_the_rest_goes_on_if_the_first_request_fails(claude: ClaudeServer) -> None:
    claude.url("first-bad", status=(400, "invalid_request_error"))
    claude.url("first-ok", reply=echo, rate=None)
    url = claude.url(
        "first-fails", choose=lambda body, _: "first-bad" if echo(body) == TEXTS[0].upper() else "first-ok"
    )
    run = await Batch(url, TEXTS, sends_first_alone=True).over()
    assert run.results.values == [None, *ANSWERS[1:]]


async def test_the_budget_ends_the_run_and_is_not_passed(claude: ClaudeServer) -> None:
    # A row costs 1,000 tokens of input at one dollar a million, and a few of output.
    url = claude.url("budget", reply=echo, rate=None, first=0.005, input_tokens=1_000)
    run = await Batch(url, TEXTS, budget=0.0055, concurrency=2).over()
    assert (run.life.status, run.life.stop_reason) == (RunStatus.STOPPED, "budget")
    assert run.results.rows.count(RowStatus.DONE) == 5
    assert (run.spending.cost or 0) <= 0.0055


async def test_the_budget_stops_answers_in_their_middle(claude: ClaudeServer) -> None:
    url = claude.url("budget-middle", text=["word "] * 400, rate=400)
    run = await Batch(url, TEXTS, budget=0.001, concurrency=4).over()
    assert (run.life.status, run.life.stop_reason) == (RunStatus.STOPPED, "budget")
    assert run.results.rows.count(RowStatus.STOPPED) == 4
    assert 0.0005 < (run.spending.cost or 0) < 0.0012


async def test_rows_of_the_file_are_not_asked_again(claude: ClaudeServer, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    url = claude.url("file", reply=echo, rate=None)
    await Batch(url, TEXTS[:5], file=path).over()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["text"] for line in lines[1:]} == set(ANSWERS[:5])
    run = await Batch(url, TEXTS, file=path).over()
    assert run.results.values == ANSWERS
    assert (set(questions(claude, "file").values()), run.known.count) == ({1}, 5)
    run = await Batch(url, TEXTS[::-1], file=path).over()
    assert (run.results.values, run.spending.cost) == (ANSWERS[::-1], 0.0)
    assert len(claude.records_of("file")) == 12


async def test_a_file_that_cannot_be_written_any_more_ends_the_run(
    claude: ClaudeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(AnswerFile, "append", full)
    url = claude.url("full", reply=echo, rate=None)
    run = await Batch(url, TEXTS, file=tmp_path / "rows.jsonl", concurrency=1).over()
    assert (run.life.status, str(run.life.error)) == (RunStatus.FAILED, "No space left on device")
    assert run.results.values[0] == ANSWERS[0]
    assert len(claude.records_of("full")) == 1


async def test_a_thousand_known_rows_do_not_hold_up_the_loop(claude: ClaudeServer, tmp_path: Path) -> None:
    texts = ["a"] * 1_000
    batch = Batch(claude.url("thousand", reply=echo, rate=None), texts)
    turns: list[float] = []

    async def count() -> None:
        while True:
            turns.append(time.monotonic())
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    run = await batch.over()
    counting.cancel()
    assert run.results.values == ["A"] * 1_000
    assert len(turns) > 10


async def test_other_prompts_than_text_are_made_in_a_thread(claude: ClaudeServer, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("content")
    rows = [{"file": path, "n": 1}, {"file": tmp_path / "none.txt", "n": 2}]
    url = claude.url("parts", text="ok", rate=None)
    run = await Batch(url, rows, prompt="{{file}}\nWhat is it, {{n}}?").over()
    assert run.results.values == ["ok", None]
    assert "none.txt" in str(run.results.errors[1])
    document, text = claude.records_of("parts")[0].body["messages"][0]["content"]
    assert (document["type"], text["text"]) == ("document", "What is it, 1?")


async def test_a_stop_ends_rows_that_are_being_made(claude: ClaudeServer) -> None:
    async def slow(*_: object) -> None:
        await asyncio.sleep(60)

    batch = Batch(claude.url("making"), ["a", "b"], prompt=lambda row: [row], run_in_thread=slow)
    batch.run.start()
    await asyncio.sleep(0)
    batch.run.stop("user")
    run = await batch.rest()
    assert [run.results.rows[row] for row in (0, 1)] == [RowStatus.STOPPED] * 2
