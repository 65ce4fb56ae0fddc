"""Bytes to the page, against the naive way: `update(Markdown(all))` ten times a second.

    python benchmarks/wire.py

A real JupyterLab page receives the same answer twice: from nbstream, and from a cell that renders all of the
text anew at every tick. Counted is every byte of the page's websocket from the answer's first message to the
cell's end, including the kernel's messages about its own state; the contract's bound is 1.1 × the answer's UTF-8
bytes + 800 a frame.
"""

from __future__ import annotations

from bench import lab_session
from browser.lab_session import LabSession
from claude_server import prose
from playwright.sync_api import expect

CASES = ((50, 1_000), (400, 8_000), (2_000, 16_000))
"""Tokens a second, and tokens."""

NAIVE = """
from IPython.display import Markdown, display

async def naive(url):
    shown = display(Markdown(""), display_id=True)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    text, at = "", 0.0
    messages = [{"role": "user", "content": "Hello"}]
    async with client.messages.stream(model="m", max_tokens=9, messages=messages) as stream:
        async for piece in stream.text_stream:
            text += piece
            if time.monotonic() - at >= 0.1:
                shown.update(Markdown(text))
                at = time.monotonic()
    shown.update(Markdown(text))
"""


def received(session: LabSession, code: str, seconds: float, first: bytes) -> list[bytes]:
    """Return the frames that the page got for a cell, from the first message of its answer on."""
    messages = session.notebook.received
    before = len(messages)
    cell = session.notebook.run(code)
    session.notebook.wait_for_end(cell, seconds)
    if "ask(" in code:
        expect(cell.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    new = messages[before:]
    return new[next(index for index, message in enumerate(new) if first in message) :]


def main() -> None:
    with lab_session() as session:
        session.run(NAIVE)
        session.run(f"ask({session.claude.url('warm', rate=None)!r});")
        print("Bytes over the page's websocket for one answer")
        for rate, tokens in CASES:
            text = prose(tokens)
            size = len("".join(text).encode())
            url = session.claude.url(f"wire{rate}", text=text, rate=rate)
            ours = received(session, f"ask({url!r})", 120, b'"update"')
            theirs = received(session, f"await naive({url!r})", 300, b"update_display_data")
            frames = sum(b'"update"' in message for message in ours)
            ours_bytes, theirs_bytes = sum(map(len, ours)), sum(map(len, theirs))
            bound = 1.1 * size + 800 * frames
            print(f"  {rate:,} tokens/s, {size:,} bytes of text, bound {bound:,.0f} bytes")
            print(
                f"    nbstream {ours_bytes:11,} bytes  {frames:4} frames    {ours_bytes / bound:5.2f} × the bound"
            )
            print(
                f"    naive    {theirs_bytes:11,} bytes  {len(theirs):4} messages  "
                f"{theirs_bytes / ours_bytes:5.1f} × nbstream"
            )


if __name__ == "__main__":
    main()
