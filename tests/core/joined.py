"""Both cores, each in its own language, joined by a link that loses, duplicates, delays and reorders frames.

From the pages there are two ways, and in most runs one of them drops everything without a word.

The kernel's core runs here, and the pages' core runs in Node (`js/test/core/pages.ts`). Time is a value, and every
run is determined by its seed: `Run(seed)` repeats it.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from queue import Queue
from random import Random
from typing import Any

from nbstream.core.codec import from_wire, to_wire
from nbstream.core.ops import CALL_STATES, CallState, Stalled, Status
from nbstream.core.outbox import Outbox
from nbstream.core.page_state import HIGH_MARK_CHARS, LOW_MARK_CHARS
from nbstream.core.protocol import Ack, Bye, Frame, Resync, Via
from nbstream.core.reply import Reply
from nbstream.core.transcript import Transcript

JS = Path(__file__).parents[2] / "js"

SERVE = """
import { createInterface } from "node:readline";
import { step } from "./pages.mjs";
createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(step(JSON.parse(line))) + "\\n");
});
"""

ALPHABETS = (
    "plain words, one after the other\n",
    '"quotes" \\ and \x00 controls \u2028 that JSON escapes',
    "äöü ἀ ё 漢字かな عربى",
    "😀👩‍👩‍👧🏽𝒳𝕐🇩🇪 beyond the basic plane",
)


class Pages:
    """The pages' core, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        esbuild = [JS / "node_modules" / ".bin" / "esbuild", JS / "test" / "core" / "pages.ts"]
        options = ["--bundle", "--format=esm", f"--outfile={folder / 'pages.mjs'}", "--log-level=warning"]
        subprocess.run([*esbuild, *options], check=True)
        (folder / "serve.mjs").write_text(SERVE)
        self._process = subprocess.Popen(
            ["node", folder / "serve.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._answers: Queue[str] = Queue()
        # A thread reads, because both ends write and a pipe holds less than a line.
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, steps: list[dict[str, Any]]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(steps, ensure_ascii=False) + "\n")
        self._process.stdin.flush()

    def answers(self) -> list[dict[str, Any]]:
        line = self._answers.get(timeout=60)
        assert line, "the pages' process has ended"
        answers: list[dict[str, Any]] = json.loads(line)
        return answers

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._thread.join(10)
        self._process.stdout.close()
        assert self._process.wait(10) == 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")


@dataclass
class LinkedPage:
    """The state of a page, as far as its link knows it."""

    slow: bool
    at: int = 0
    painted: int = 0
    due: float | None = 0.0
    hidden: bool = False
    visibility_changed: bool = False
    """The user has just shown or hidden the page."""
    reconnected: bool = False
    """The page's connection has just come back."""


class Writer:
    """A conversation of random legal changes."""

    def __init__(self, random: Random, long: bool) -> None:
        self.transcript = Transcript()
        self.quiet: float | None = None
        # State that pages keep and the kernel only sends: calls by their turns, and waiting messages.
        self.calls: dict[str, dict[str, CallState]] = {}
        self.queue: dict[str, str] = {}
        self._random = random
        self._longest = 6_000 if long else 40

    def write(self, now: float) -> None:
        transcript, chance = self.transcript, self._random.random()
        if self._random.random() < 0.06:
            self._write_queue()
            return
        self.quiet = None
        if transcript.status not in (Status.WAITING, Status.STREAMING):
            self._ask(now)
        elif chance < 0.06:
            end = self._random.choice([Status.DONE, Status.STOPPED, Status.FAILED])
            reason = self._random.choice(["end_turn", "user"])
            transcript.transition(
                end, now, stop_reason=reason, usage={"output_tokens": 7}, error="It broke off: ☇."
            )
        elif chance < 0.09:
            transcript.drop_blocks()
            self.calls.pop(transcript.turns[-1].id, None)
        elif chance < 0.11:
            call, state = self._random.choice("abc"), self._random.choice(CALL_STATES)
            transcript.transition_call(call, state, now)
            self.calls.setdefault(transcript.turns[-1].id, {})[call] = state
        elif chance < 0.13:
            self.quiet = round(now, 3)
            transcript.log.add(Stalled(self.quiet))
        else:
            self._write_text(now, fresh=chance < 0.2)

    def _ask(self, now: float) -> None:
        """Open the next turn or another version of an earlier one, or select a version."""
        transcript, random = self.transcript, self._random
        chance = random.random() if transcript.turns else 1.0
        if chance < 0.2:
            turn = random.choice(transcript.tree.versions)
            if turn.after in ("", *(known.id for known in transcript.turns)):
                transcript.select_version(turn.id)
                return
        if chance < 0.3:
            transcript.open_reply(now, random.choice(transcript.turns).id)
            return
        after = random.choice(transcript.turns).after if chance < 0.5 else None
        transcript.add_turn("user", self._text(), after)
        transcript.open_reply(now)

    def _write_queue(self) -> None:
        if self.queue and self._random.random() < 0.5:
            key = self._random.choice(list(self.queue))
            self.transcript.unqueue(key)
            del self.queue[key]
        else:
            key = f"k{self.transcript.log.seq}"
            self.queue[key] = self._text()
            self.transcript.queue(key, self.queue[key], [])

    def _write_text(self, now: float, fresh: bool) -> None:
        transcript = self.transcript
        blocks = transcript.turns[-1].blocks
        if blocks and fresh:
            transcript.close_block(now)
        if not blocks or blocks[-1].is_closed:
            transcript.open_block(self._random.choice(["text", "thinking", "tool_use"]), now)
        if transcript.status is Status.WAITING:
            transcript.transition(Status.STREAMING, now)
        for _ in range(self._random.randint(1, 3)):
            transcript.add_text(self._text())

    def _text(self) -> str:
        alphabet = self._random.choice(ALPHABETS)
        start = self._random.randrange(len(alphabet))
        length = self._random.randint(1, self._longest)
        return (alphabet[start:] + alphabet * (length // len(alphabet) + 1))[:length]

    def holds(self) -> dict[str, Any]:
        """Return the state of the conversation, in the form in which a page reports its own."""
        turns = [
            {
                "id": turn.id,
                "after": turn.after,
                "role": turn.role,
                "blocks": [
                    [b.type, b.text, b.is_closed, len(b.text.encode("utf-16-le")) // 2] for b in turn.blocks
                ],
                "reply": turn.reply and _reply_fields(turn.reply),
                "calls": self.calls.get(turn.id, {}),
                "quiet": None,
            }
            for turn in self.transcript.turns
        ]
        if turns:
            turns[-1]["quiet"] = self.quiet
        return {
            "turns": turns,
            "versions": [turn.id for turn in self.transcript.tree.versions],
            "queue": self.queue,
        }


def _reply_fields(reply: Reply) -> list[str | None]:
    return [reply.status, reply.stop_reason, reply.error, reply.note]


class Run:
    """One conversation with its pages, from the first frame until the link is repaired and nothing is pending."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        # Some conversations are long enough to reach the high mark.
        long = seed % 15 == 0
        self.writer = Writer(self.random, long)
        self.log = self.writer.transcript.log
        self.outbox = Outbox(self.log)
        self.pages: dict[str, LinkedPage] = {}
        self.loss = self.random.choice([0.4, 0.6] if long else [0.0, 0.1, 0.3, 0.6])
        self.delay = self.random.choice([0.5, 1.0] if long else [0.02, 0.1, 0.5])
        self.dropped_way: Via | None = None
        self.now = 0.0
        self.left = self.random.randint(*(15, 40) if long else (3, 24))
        self.rounds = 0
        self.over = False
        self._names = count()
        self._order = count()
        self._stepped: list[str] = []
        self._down: list[tuple[float, int, str, dict[str, Any]]] = []
        self._up: list[tuple[float, int, Via, Frame]] = []
        self._change_server()

    def steps(self) -> list[dict[str, Any]]:
        """Advance the time, and return the inputs of the pages."""
        self.rounds += 1
        assert self.rounds < 2_000, "the run never ends"
        if self.left > 0:
            self.left -= 1
            self.now += self.random.choice([0.0, 0.01, 0.05, 0.2, 1.0])
            self._change_pages()
            self.writer.write(self.now)
            if self.left == 0:
                self._repair_link()
        elif (then := self._next_time()) is None:
            self.over = True
        else:
            self.now = max(self.now, then)
        return self._exchange()

    def receive(self, answers: list[dict[str, Any]]) -> None:
        """Receive the answers of the pages to the latest steps."""
        for name, answer in zip(self._stepped, answers, strict=True):
            page = self.pages[name]
            page.at, page.painted = answer["at"], answer["painted"]
            # A timer fires a little late and never early: seconds and milliseconds are rounded differently.
            page.due = None if answer["due"] is None else answer["due"] / 1000 + 1e-6
            assert page.at - page.painted <= HIGH_MARK_CHARS
            for wire, ways in answer["say"]:
                self._send_up(from_wire(wire), ways)
            if self.over:
                assert page.at == page.painted == self.log.seq
                assert self.outbox.pages[name].acked == self.log.seq
                assert answer["holds"] == self.writer.holds()

    def _change_pages(self) -> None:
        """Open, close, reload, hide or show a page, or do nothing."""
        chance = self.random.random()
        if not self.pages or (chance < 0.08 and len(self.pages) < 4):
            self._open_page()
        elif chance < 0.14:
            name = self.random.choice(list(self.pages))
            del self.pages[name]
            if self.random.random() < 0.5:
                self._send_up(Bye(name), ["control", "comm"])
            if self.random.random() < 0.8:
                self._open_page()
        elif chance < 0.22:
            page = self.random.choice(list(self.pages.values()))
            page.hidden, page.visibility_changed = not page.hidden, True
        elif chance < 0.24:
            self._change_server()

    def _change_server(self) -> None:
        """Connect to a server that drops another way, or none.

        That takes a second, and what is on the old connections, or sent meanwhile, never arrives.
        """
        self.dropped_way = self.random.choice([None, "control", "comm"])
        self._down.clear()
        self._up.clear()
        self.now += 1.0
        self.outbox.due_frames(self.now)
        for page in self.pages.values():
            page.reconnected = True

    def _open_page(self) -> None:
        self.pages[f"{self.seed}-{next(self._names)}"] = LinkedPage(slow=self.random.random() < 0.3)

    def _repair_link(self) -> None:
        self.loss = 0.0
        for page in self.pages.values():
            page.hidden, page.visibility_changed, page.reconnected = False, True, True

    def _arrival_times(self) -> Iterator[float]:
        """Yield the time at which each copy of a frame arrives."""
        if self.random.random() >= self.loss:
            yield self.now + self.random.expovariate(1 / self.delay)
        if self.random.random() < self.loss / 4:
            yield self.now + self.random.expovariate(1 / self.delay)

    def _send_up(self, frame: Frame, ways: list[Via]) -> None:
        for way in ways:
            for at in self._arrival_times():
                if way != self.dropped_way:
                    heappush(self._up, (at, next(self._order), way, frame))

    def _exchange(self) -> list[dict[str, Any]]:
        while self._up and self._up[0][0] <= self.now:
            _, _, way, frame = heappop(self._up)
            if isinstance(frame, Ack):
                self.outbox.ack(frame.page, frame.seq, frame.received, self.now, way)
            elif isinstance(frame, Resync):
                self.outbox.resync(frame.page, frame.seq, self.now, way)
            elif isinstance(frame, Bye):
                self.outbox.forget(frame.page)
        for update in self.outbox.due_frames(self.now):
            wire = to_wire(update)
            for name in self.pages:
                for at in self._arrival_times():
                    heappush(self._down, (at, next(self._order), name, wire))
        arrived: dict[str, list[dict[str, Any]]] = {}
        while self._down and self._down[0][0] <= self.now:
            _, _, name, wire = heappop(self._down)
            arrived.setdefault(name, []).append(wire)
        steps = [self._step(name, page, arrived.get(name, [])) for name, page in self.pages.items()]
        inputs = [step for step in steps if len(step) > 2]
        self._stepped = [step["page"] for step in inputs]
        return inputs

    def _step(self, name: str, page: LinkedPage, frames: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the input of a page now. The caller leaves out an empty step."""
        step: dict[str, Any] = {"page": name, "now": self.now * 1000}
        if frames:
            step["frames"] = frames
        if page.visibility_changed:
            step["hidden"], page.visibility_changed = page.hidden, False
        if page.reconnected:
            step["back"], page.reconnected = True, False
        waiting = page.at - page.painted
        if (waiting or frames) and self._paints(page, waiting):
            step["left"] = int(waiting * self.random.random()) if page.slow and waiting > 9 else 0
        if page.due is not None and page.due <= self.now:
            step.setdefault("frames", [])
        if self.over:
            step["last"] = True
        return step

    def _paints(self, page: LinkedPage, waiting: int) -> bool:
        if page.hidden:
            return waiting >= LOW_MARK_CHARS
        return not page.slow or self.random.random() < 0.2

    def _next_time(self) -> float | None:
        """Return the time of the next event."""
        times = [queue[0][0] for queue in (self._up, self._down) if queue]
        times += [page.due for page in self.pages.values() if page.due is not None]
        times += [self.now + 0.1 for page in self.pages.values() if page.at > page.painted]
        if (due := self.outbox.due_at(self.now)) is not None:
            times.append(due)
        return min(times, default=None)
