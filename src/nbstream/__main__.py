"""Command line: `python -m nbstream serve`."""

from __future__ import annotations

import argparse
import importlib
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

EXTRAS = {"starlette": "server", "uvicorn": "server", "redis": "redis"}
"""For each package that may be missing, the extra of `pip install nbstream[…]` that installs it."""


class UsageError(Exception):
    """A mistake in the user's input. The error's text tells the user how to correct it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. After a mistake in the arguments, print what to do and exit with status 2.

    Args:
        arguments: The arguments after `python -m nbstream`; by default the arguments of this process.
    """
    parser = _new_parser()
    options = parser.parse_args(arguments)
    try:
        _run_serve(options)
    except UsageError as error:
        parser.exit(2, f"nbstream: {error}\n")


def _new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nbstream", description="Claude's answers outside a notebook.")
    commands = parser.add_subparsers(required=True, metavar="serve")
    summary = "serve Claude's answers as server-sent events at /api/stream, and a chat page at /"
    serve = commands.add_parser("serve", help=summary, description=summary)
    add = serve.add_argument
    add("--demo", action="store_true", help="answer from a script, without a key or a network")
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on; a token is required if other machines can reach it",
    )
    add("--port", type=_parse_port, default=8000, help="port to listen on; 0 for any free one (default: 8000)")
    add("--token", help="secret that callers must send; NBSTREAM_TOKEN hides it from this machine's other users")
    add(
        "--resume-for",
        type=_parse_seconds,
        default=30.0,
        metavar="S",
        help="seconds that a reply goes on after its reader's connection is lost (default: 30); 0 stops it",
    )
    add("--root-path", default="", metavar="PATH", help="path below which a proxy serves this server, as in /chat")
    add(
        "--on-end",
        metavar="MODULE:FUNCTION",
        help="function of caller, messages, usage and cost that is called for each answer that has ended",
    )
    add("--redis", metavar="URL", help="Redis that several servers share, as in redis://localhost:6379/0")
    return parser


def _run_serve(options: argparse.Namespace) -> None:
    try:
        # The server is imported here, because an installation for notebooks lacks the packages that it needs.
        from .server.app import create_app
        from .server.http.run import bind_socket, run_server

        app = create_app(
            client=_new_client(options.demo),
            token=options.token if options.token is not None else os.environ.get("NBSTREAM_TOKEN") or None,
            resume_for=options.resume_for,
            redis=options.redis,
            root_path=options.root_path,
            on_end=None if options.on_end is None else _load_function(options.on_end),
        )
        listening = bind_socket(app, options.host, options.port)
    except ModuleNotFoundError as error:
        if (extra := EXTRAS.get((error.name or "").partition(".")[0])) is None:
            raise
        raise UsageError(f"{error.name} is not installed: pip install nbstream[{extra}]") from error
    except (TypeError, ValueError, OSError) as error:
        raise UsageError(error) from error
    run_server(app, listening)


def _new_client(demo: bool) -> Any:
    """Return the client of the server: the demo's client, or `None` for the one that the environment describes.

    Raises:
        UsageError: The environment has no API key.
    """
    if demo:
        from .claude.demo import demo as scripted
        from .claude.demo_texts import SERVER_GREETING

        return scripted(SERVER_GREETING)
    # The client's module is imported here, because it imports the SDK. That takes a second, and --help must not
    # wait for it.
    from .claude.client import missing_key_advice

    if (advice := missing_key_advice()) is not None:
        raise UsageError(f"{advice} On the command line, --demo does the same.")
    return None


def _load_function(name: str) -> Any:
    """Import a function by its module and its name, as in `"my_module:store"`.

    Raises:
        UsageError: There is no such function.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"--on-end is {name!r}, and cannot be loaded ({error}); give MODULE:FUNCTION, as in my_module:store."
        ) from error


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port number; give one from 1 to 65535, or 0 for any free one"
        )
    return int(text)


def _parse_seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a time; give a number of seconds, 0 or more")


if __name__ == "__main__":
    main()
