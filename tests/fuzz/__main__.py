"""Fuzzer of the saved Markdown: `cd tests && python -m fuzz RENDERER COUNT [SEED]`.

It needs the programs of the dependency group `fuzz`: `pip install --group fuzz`. Each text is made by its seed, of
the pieces in `fixtures/hostile_markdown.json`. A finding is printed with its seed and the fewest pieces that make
it. Mend its cause, add the piece that was missing to the fixture, and run again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable

from renderers import harm, hostile_pieces

from fuzz.engines import ENGINES, Engine, Render, open_page_sanitiser
from nbstream.core.saved.output_markdown import output_markdown
from nbstream.core.saved.safe_markdown import make_safe

BATCH_TEXTS = 1_000
PROGRESS_EVERY_TEXTS = 10_000
OUTPUT_EVERY_TEXTS = 8
"""Each so many-th text is structured output, whose cells are made of the pieces."""

MAX_SHOWN = 20
TWINS = "twins"


def saved(pieces: list[str], seed: int) -> str:
    """Return the Markdown that a notebook's file has for an answer of these pieces."""
    if seed % OUTPUT_EVERY_TEXTS:
        return make_safe("".join(pieces))
    half = len(pieces) // 2
    rows = [{"".join(pieces[:1]): "".join(pieces[1:half]), "b": "".join(pieces[half:])}]
    return make_safe(output_markdown(json.dumps(rows), {}))


def shortest(pieces: list[str], seed: int, engine: Engine, render: Render) -> list[str]:
    """Leave out pieces as long as the page stays active."""
    at = 0
    while at < len(pieces):
        fewer = pieces[:at] + pieces[at + 1 :]
        (html,) = render([saved(fewer, seed)])
        if html and harm(html, engine.markup):
            pieces = fewer
        else:
            at += 1
    return pieces


def fuzz(name: str, count: int, first: int) -> int:
    """Run texts through a renderer, print the findings, and return their number."""
    engine = ENGINES[name]
    render = engine.open()
    started = time.monotonic()
    failed = found = 0
    for start in range(first, first + count, BATCH_TEXTS):
        seeds = range(start, min(start + BATCH_TEXTS, first + count))
        pages = render([saved(hostile_pieces(seed), seed) for seed in seeds])
        failed += pages.count(None)
        for seed, html in zip(seeds, pages, strict=True):
            if html is None or not (parts := harm(html, engine.markup)):
                continue
            found += 1
            if found <= MAX_SHOWN:
                pieces = shortest(hostile_pieces(seed), seed, engine, render)
                print(f"{name}, seed {seed}: {parts}\n  {pieces}\n  {saved(pieces, seed)!r}", flush=True)
        _show_progress(name, start + len(seeds) - first, count, found)
    seconds = time.monotonic() - started
    print(f"{name}: {_texts(count, first)}, {failed} not rendered, {found} active, {seconds:.0f} s", flush=True)
    return found


def compare_twins(count: int, first: int) -> int:
    """Compare the sanitiser with its twin on the page, print the differences, and return their number."""
    convert = open_page_sanitiser()
    found = 0
    for start in range(first, first + count, BATCH_TEXTS):
        seeds = range(start, min(start + BATCH_TEXTS, first + count))
        texts = ["".join(hostile_pieces(seed)) for seed in seeds]
        for seed, text, page in zip(seeds, texts, convert(texts), strict=True):
            if make_safe(text) != page:
                found += 1
                if found <= MAX_SHOWN:
                    print(f"{TWINS}, seed {seed}: {text!r}\n  {make_safe(text)!r}\n  {page!r}", flush=True)
        _show_progress(TWINS, start + len(seeds) - first, count, found)
    print(f"{TWINS}: {_texts(count, first)}, {found} differ", flush=True)
    return found


def _show_progress(name: str, done: int, count: int, found: int) -> None:
    """Print how far a run has come, so that one which is ended early has a count as well."""
    if done % PROGRESS_EVERY_TEXTS == 0:
        print(f"{name}: {done} of {count} texts, {found} found", file=sys.stderr, flush=True)


def _texts(count: int, first: int) -> str:
    return f"{count} texts (seeds {first} to {first + count - 1})"


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the renderers that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("renderer", choices=[*ENGINES, TWINS, "all"])
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=1_000_000)
    args = parser.parse_args(None if arguments is None else list(arguments))
    names = [*ENGINES, TWINS] if args.renderer == "all" else [args.renderer]
    found = 0
    for name in names:
        found += compare_twins(args.count, args.seed) if name == TWINS else fuzz(name, args.count, args.seed)
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
