"""The command line: `python -m nbstream serve`."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

EXTRAS = {"starlette": "server", "uvicorn": "server", "redis": "redis"}
"""What `pip install nbstream[…]` brings."""


class _Mistake(Exception):  # noqa: N818
    """What the reader has to put right, in a sentence."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; a mistake in it ends with status 2 and a sentence."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        _serve(given)
    except _Mistake as mistake:
        parser.exit(2, f"nbstream: {mistake}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nbstream", description="Claude's answers outside a notebook.")
    commands = parser.add_subparsers(required=True, metavar="serve")
    about = "serve Claude's answers as server-sent events at /api/stream, and a chat page at /"
    serve = commands.add_parser("serve", help=about, description=about)
    add = serve.add_argument
    add("--demo", action="store_true", help="answer from a script: needs no key and no network")
    add("--host", default="127.0.0.1", help="where to listen; beyond this machine a token is needed")
    add("--port", type=_port, default=8000, help="0 for any free one (default: 8000)")
    add("--token", help="what callers must show; NBSTREAM_TOKEN hides it from this machine's other users")
    add(
        "--resume-for",
        type=_seconds,
        default=30.0,
        metavar="S",
        help="seconds that a reply goes on for a reader who was cut off (default: 30); 0: that stops it",
    )
    add("--redis", metavar="URL", help="a Redis that several servers share, as in redis://localhost:6379/0")
    return parser


def _serve(given: argparse.Namespace) -> None:
    try:
        # Late: a notebook's installation has no server.
        from .server.app import create_app
        from .server.http.run import listen, run

        app = create_app(
            client=_client(given.demo),
            token=given.token if given.token is not None else os.environ.get("NBSTREAM_TOKEN") or None,
            resume_for=given.resume_for,
            redis=given.redis,
        )
        listening = listen(app, given.host, given.port)
    except ModuleNotFoundError as error:
        if (extra := EXTRAS.get((error.name or "").partition(".")[0])) is None:
            raise
        raise _Mistake(f"{error.name} is not installed: pip install nbstream[{extra}]") from error
    except (TypeError, ValueError, OSError) as error:
        raise _Mistake(error) from error
    run(app, listening)


def _client(demo: bool) -> Any:
    """The demo's, or `None` for the one of the environment, which needs a key before anybody listens."""
    if demo:
        from .claude.demo import SERVED
        from .claude.demo import demo as scripted

        return scripted(SERVED)
    # Late: it imports the SDK, which takes a second, and --help should not.
    from .claude.client import CredentialsError, client_for_this_loop

    try:
        client_for_this_loop(None)
    except CredentialsError as error:
        raise _Mistake(f"{error} On the command line that is --demo.") from error
    return None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give 1 to 65535, or 0 for any free one")
    return int(text)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, 0 or more")


if __name__ == "__main__":
    main()
