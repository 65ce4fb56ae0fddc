"""Kernel CPU for a 16,000-token answer, against a bare loop over the SDK's raw stream.

    python benchmarks/cpu.py [tokens]

In the kernel of a real JupyterLab with a page that shows the answer: `bare` is `async for event in
client.messages.create(stream=True)` that keeps the text and shows nothing, `stream` the same with the SDK's
`messages.stream`, `nbstream` a chat. The figure is the kernel process's CPU time, all threads, per token; the
ratio is to the bare loop of the same round.
"""

from __future__ import annotations

import json
import statistics
import sys

from bench import lab_session
from claude_server import prose

RATES = (400, 2_000)
ROUNDS = 3
WITHIN = 1.5

SETUP = """
def loop_of(kind, url):
    async def go():
        text = []
        request = dict(model="m", max_tokens=9, messages=[{"role": "user", "content": "Hello"}])
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
        if kind == "bare":
            async with await client.messages.create(**request, stream=True) as stream:
                async for event in stream:
                    if event.type == "content_block_delta" and event.delta.type == "text_delta":
                        text.append(event.delta.text)
        else:
            async with client.messages.stream(**request) as stream:
                async for piece in stream.text_stream:
                    text.append(piece)
        return len("".join(text))
    return go

def measure(kind, url):
    import concurrent.futures, time
    began = time.process_time()
    if kind == "nbstream":
        length = len(ask(url).text)
    else:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            length = pool.submit(asyncio.run, loop_of(kind, url)()).result()
    return time.process_time() - began, length
"""


def main(tokens: int) -> None:
    text = prose(tokens)
    kinds = ("bare", "stream", "nbstream")
    with lab_session() as session:
        session.run(SETUP)
        warm = session.claude.url("warm", text=prose(200), rate=None)
        for kind in kinds:
            session.run(f"measure({kind!r}, {warm!r});")
        print(f"Kernel CPU for {tokens:,} tokens, median of {ROUNDS} rounds")
        for rate in RATES:
            url = session.claude.url(f"cpu{rate}", text=text, rate=rate)
            seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
            for _ in range(ROUNDS):
                for kind in kinds:
                    cell = session.notebook.run(f"print(json.dumps(measure({kind!r}, {url!r})))")
                    session.notebook.wait_for_end(cell, tokens / rate * 2 + 60)
                    spent, length = json.loads(session.notebook.output_of(cell).strip().splitlines()[-1])
                    assert length == len("".join(text))
                    seconds[kind].append(spent)
            for kind in kinds:
                ratios = [a / b for a, b in zip(seconds[kind], seconds["bare"], strict=True)]
                ratio = statistics.median(ratios)
                line = f"  {rate:5} tokens/s  {kind:9} {statistics.median(seconds[kind]):6.2f} s"
                line += f"  {statistics.median(seconds[kind]) / tokens * 1e6:6.1f} µs a token  {ratio:5.2f} × bare"
                print(line + (f"  (at most {WITHIN})" if kind == "nbstream" else ""))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 16_000)
