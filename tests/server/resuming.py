"""Answers read through a link that cuts, delays and splits them, by the module for pages, in Node.

What becomes of a connection is drawn by its stream's seed and by how many the stream had before, so a run meets
the same cuts whatever else runs.
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

from browser.proxy import end
from claude_server import BY_MODEL, ClaudeServer, prose
from server.site import Site
from threaded import ThreadedServer

from nbstream.server import Limits

MODULE = Path(__file__).parents[2] / "js" / "npm"

STREAM = re.compile(rb'"id":\s*"([\w-]+)"')

CHUNK = 65_536

TOKENS = 120

RATE = 60
"""Tokens a second of each answer."""

CUTS = 4
"""Connections of a stream that are cut, at most. Where all of them are cut before anything was heard, the module's
tries take 4 s of the 10 s after which it gives up."""

REACH = 1_000
"""Bytes of an answer after which its connection is cut, on average; whole it has about 6,000."""

SPECIAL = ("🎉", "👩‍🚀", "é", "日本", "\r\n", "\u2028", "\ndata: ", '\\"', "\x85", "\x00", "id: 9\n\n")

READ = """
import { streamChat } from "./client.js";
const [url, runs] = JSON.parse(process.argv[1]);
const read = async (name) => {
  const told = { text: "", thinking: "" };
  const onText = (more) => { told.text += more; };
  const onThinking = (more) => { told.thinking += more; };
  const body = { prompt: "Hello", id: name, model: name };
  const end = await streamChat(url, body, { onText, onThinking }).catch(({ message }) => ({ error: message }));
  return { ...told, error: end.error ?? null };
};
process.stdout.write(JSON.stringify(await Promise.all(runs.map(read))), () => process.exit());
"""
"""Each run has its own name as its stream's id and as its model, by which the server knows what to answer."""


class CutError(Exception):
    """A connection was cut, as its fate was."""


class Rough(ThreadedServer):
    """A link to a port that is bad by lot; use it as a context manager.

    Attributes:
        met: How often each thing was done to a connection.
    """

    def __init__(self, target: int) -> None:
        super().__init__("rough")
        self.met: Counter[str] = Counter()
        self._target = target
        self._connections: Counter[str] = Counter()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            with suppress(OSError, asyncio.CancelledError, CutError):
                await self._link(reader, ends)
        finally:
            for each in ends:
                each.close()

    async def _link(self, reader: asyncio.StreamReader, ends: list[asyncio.StreamWriter]) -> None:
        asked = b""
        while not (found := STREAM.search(asked)):
            if not (data := await reader.read(CHUNK)):
                return
            asked += data
        stream = found[1].decode()
        self._connections[stream] += 1
        number = self._connections[stream]
        fate = Random(f"{stream} {number}")
        self.met["connections"] += 1
        if number <= CUTS and fate.random() < 0.1:
            raise self._cut(fate, "cut before the question", ends)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ends.append(back)
        self._transports.add(back.transport)
        back.write(asked)
        more = asyncio.ensure_future(_forward(reader, back))
        try:
            await self._answer(there, ends, fate, int(fate.expovariate(1 / REACH)) if number <= CUTS else 10**9)
        finally:
            more.cancel()

    async def _answer(
        self, there: asyncio.StreamReader, ends: list[asyncio.StreamWriter], fate: Random, left: int
    ) -> None:
        while data := await there.read(CHUNK):
            while data:
                size = min(fate.randint(1, 40) if fate.random() < 0.5 else len(data), left)
                ends[0].write(data[:size])
                await ends[0].drain()
                data, left = data[size:], left - size
                if not left and fate.random() < 0.2:
                    self._cut(fate, "cut, and the server not told", ends[:1])
                    while await there.read(CHUNK):
                        pass
                    return
                if not left:
                    raise self._cut(fate, "cut in the answer", ends)
                if fate.random() < 0.1:
                    await asyncio.sleep(fate.uniform(0, 0.05))

    def _cut(self, fate: Random, what: str, ends: Iterable[asyncio.StreamWriter]) -> CutError:
        self.met[what] += 1
        for each in ends:
            end(each, reset=fate.random() < 0.5)
        return CutError(what)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass
class Run:
    """What came of one answer.

    Attributes:
        exact: Text and thinking are to the character what Claude sent.
        short: The text is not whole, and the reader was not told.
        error: What the reader was told of a failure.
        asked: Requests that reached Claude.
    """

    exact: bool
    short: bool
    error: str | None
    asked: int


def answer_of(seed: int) -> tuple[list[str], list[str]]:
    """A run's thinking and text, in the pieces that Claude sends."""
    random = Random(seed)
    text = [piece + (random.choice(SPECIAL) if random.random() < 0.3 else "") for piece in prose(TOKENS, seed)]
    return prose(20, seed), text


def resumed(claude: ClaudeServer, seeds: Sequence[int], resume_for: float) -> tuple[list[Run], Counter[str]]:
    """Read an answer for each seed, all at once.

    Returns:
        What came of each, and what the link did.
    """
    names = {f"resumed-{resume_for:g}-{seed:06}": answer_of(seed) for seed in seeds}
    for name, (thinking, text) in names.items():
        claude.url(name, thinking=thinking, text=text, rate=RATE)
    count = len(names)
    limits = Limits(models=list(names), streams_per_caller=count, streams=count)
    with Site(claude.url(BY_MODEL), resume_for=resume_for, limits=limits) as site, Rough(site.port) as rough:
        argument = json.dumps([f"http://127.0.0.1:{rough.port}/api/stream", list(names)])
        command = ["node", "--input-type=module", "-e", READ, argument]
        output = subprocess.run(command, cwd=MODULE, capture_output=True, timeout=300, check=True).stdout
    runs = []
    for (name, answer), told in zip(names.items(), json.loads(output), strict=True):
        thinking, text = map("".join, answer)
        exact = (told["thinking"], told["text"]) == (thinking, text)
        short = told["error"] is None and not exact
        runs.append(Run(exact, short, told["error"], len(claude.of(name))))
    return runs, rough.met
