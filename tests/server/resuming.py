"""Answers read in Node by the npm module, through a link that cuts, delays and splits them.

The fate of a connection is drawn at random from its stream's id and its number within the stream, so each run
meets the same cuts.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from browser.proxy import close_connection
from claude_server import BY_MODEL, ClaudeServer, prose
from server.site import AppServer
from threaded import ThreadedServer

from nbstream.server import Limits

MODULE_FOLDER = Path(__file__).parents[2] / "js" / "npm"

STREAM_ID_FIELD = re.compile(rb'"id":\s*"([\w-]+)"')

CHUNK_BYTES = 65_536

ANSWER_TOKENS = 120

TOKENS_PER_SECOND = 60
"""The speed of each answer."""

MAX_CUTS = 4
"""The most connections of one stream that are cut. If all of them are cut before an event arrives, the module's
retries take 4 s of the 10 s after which it gives up."""

MEAN_CUT_BYTES = 1_000
"""Bytes of an answer after which its connection is cut, on average. A whole answer has about 6,000."""

SPECIAL = ("🎉", "👩‍🚀", "é", "日本", "\r\n", "\u2028", "\ndata: ", '\\"', "\x85", "\x00", "id: 9\n\n")

READ_SCRIPT = """
import { streamChat } from "./client.js";
const [url, runs] = JSON.parse(process.argv[1]);
const read = async (name) => {
  const got = { text: "", thinking: "" };
  const onText = (more) => { got.text += more; };
  const onThinking = (more) => { got.thinking += more; };
  const body = { prompt: "Hello", id: name, model: name };
  const end = await streamChat(url, body, { onText, onThinking }).catch(({ message }) => ({ error: message }));
  return { ...got, error: end.error ?? null };
};
process.stdout.write(JSON.stringify(await Promise.all(runs.map(read))), () => process.exit());
"""
"""Each run has a name of its own. It is the stream's id, and the model, by which the fake Claude chooses its
answer."""


class ConnectionCutError(Exception):
    """The link cut a connection on purpose."""


class UnreliableLink(ThreadedServer):
    """A link to a port that fails at random; use it as a context manager.

    Attributes:
        counts: How often each fault was done to a connection.
    """

    def __init__(self, target: int) -> None:
        super().__init__("unreliable-link")
        self.counts: Counter[str] = Counter()
        self._target = target
        self._connections: Counter[str] = Counter()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            with suppress(OSError, asyncio.CancelledError, ConnectionCutError):
                await self._link(reader, ends)
        finally:
            for each in ends:
                each.close()

    async def _link(self, reader: asyncio.StreamReader, ends: list[asyncio.StreamWriter]) -> None:
        asked = b""
        while not (found := STREAM_ID_FIELD.search(asked)):
            if not (data := await reader.read(CHUNK_BYTES)):
                return
            asked += data
        stream = found[1].decode()
        self._connections[stream] += 1
        number = self._connections[stream]
        fate = Random(f"{stream} {number}")
        self.counts["connections"] += 1
        if number <= MAX_CUTS and fate.random() < 0.1:
            raise self._cut(fate, "cut before the question", ends)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ends.append(back)
        self._transports.add(back.transport)
        back.write(asked)
        more = asyncio.ensure_future(_forward(reader, back))
        try:
            await self._answer(
                there, ends, fate, int(fate.expovariate(1 / MEAN_CUT_BYTES)) if number <= MAX_CUTS else 10**9
            )
        finally:
            more.cancel()

    async def _answer(
        self, there: asyncio.StreamReader, ends: list[asyncio.StreamWriter], fate: Random, left: int
    ) -> None:
        while data := await there.read(CHUNK_BYTES):
            while data:
                size = min(fate.randint(1, 40) if fate.random() < 0.5 else len(data), left)
                ends[0].write(data[:size])
                await ends[0].drain()
                data, left = data[size:], left - size
                if not left and fate.random() < 0.2:
                    self._cut(fate, "cut, and the server not told", ends[:1])
                    while await there.read(CHUNK_BYTES):
                        pass
                    return
                if not left:
                    raise self._cut(fate, "cut in the answer", ends)
                if fate.random() < 0.1:
                    await asyncio.sleep(fate.uniform(0, 0.05))

    def _cut(self, fate: Random, fault: str, ends: Iterable[asyncio.StreamWriter]) -> ConnectionCutError:
        self.counts[fault] += 1
        for each in ends:
            close_connection(each, reset=fate.random() < 0.5)
        return ConnectionCutError(fault)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass
class ResumedAnswer:
    """The result of reading one answer.

    Attributes:
        is_exact: Text and thinking are to the character as Claude sent them.
        is_silently_short: Text is missing, and the reader got no error.
        error: The error that the reader got.
        requests: Number of requests that reached Claude.
    """

    is_exact: bool
    is_silently_short: bool
    error: str | None
    requests: int


def random_answer(seed: int) -> tuple[list[str], list[str]]:
    """Make an answer's thinking and text, in the pieces that Claude sends."""
    random = Random(seed)
    text = [
        piece + (random.choice(SPECIAL) if random.random() < 0.3 else "") for piece in prose(ANSWER_TOKENS, seed)
    ]
    return prose(20, seed), text


def read_answers(
    claude: ClaudeServer, seeds: Sequence[int], resume_for: float
) -> tuple[list[ResumedAnswer], Counter[str]]:
    """Read an answer for each seed, all at once.

    Returns:
        The result of each answer, and the counts of the link's faults.
    """
    names = {f"resumed-{resume_for:g}-{seed:06}": random_answer(seed) for seed in seeds}
    for name, (thinking, text) in names.items():
        claude.url(name, thinking=thinking, text=text, rate=TOKENS_PER_SECOND)
    count = len(names)
    limits = Limits(models=list(names), streams_per_caller=count, streams=count)
    with (
        AppServer(claude.url(BY_MODEL), resume_for=resume_for, limits=limits) as site,
        UnreliableLink(site.port) as link,
    ):
        argument = json.dumps([f"http://127.0.0.1:{link.port}/api/stream", list(names)])
        command = ["node", "--input-type=module", "-e", READ_SCRIPT, argument]
        output = subprocess.run(command, cwd=MODULE_FOLDER, capture_output=True, timeout=300, check=True).stdout
    runs = []
    for (name, answer), got in zip(names.items(), json.loads(output), strict=True):
        thinking, text = map("".join, answer)
        exact = (got["thinking"], got["text"]) == (thinking, text)
        short = got["error"] is None and not exact
        runs.append(ResumedAnswer(exact, short, got["error"], len(claude.records_of(name))))
    return runs, link.counts
