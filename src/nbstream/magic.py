"""The cell magic `%%chat`, which sends a cell's text."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from functools import partial
from keyword import iskeyword
from typing import Any, NoReturn

from .api import chat
from .notebook.template import FillingError, fill_in
from .notebook.widget import Chat

NAME = "chat"
"""The variable for a cell that names none."""

HELP = r"""Send the cell's text to Claude.

The chat is in the variable of that name; the same name in a later cell goes on with the same conversation.
{expression} in the text is filled in from the notebook, with a format if you like ({total:.2f}). Braces that hold
no expression with a name in it stay as they are, as JSON's and CSS's; {{x}} stands for {x} itself."""


def register(ipython: Any) -> None:
    """Give the shell `%%chat`."""
    magic = partial(run, ipython)
    magic.__doc__ = _parser().format_help()
    ipython.register_magic_function(magic, "cell", "chat")


def run(ipython: Any, line: str, cell: str) -> None:
    """One cell that begins with `%%chat`.

    Args:
        ipython: The shell, whose variables are read and set.
        line: What stands behind `%%chat`.
        cell: The cell's text.

    Raises:
        UsageError: The line or the text is not as it should be; IPython shows it as one line.
    """
    from IPython.core.error import UsageError

    try:
        options = _options(line)
        # IPython ends a cell with a line break of its own.
        prompt = fill_in(cell.removesuffix("\n"), ipython.user_ns)
        talk = _chat(options, ipython.user_ns)
    except FillingError as error:
        raise UsageError(str(error)) from error
    except LineError as error:
        raise UsageError(f"%%chat: {error}") from None
    given = {name: getattr(options, name) for name in ("model", "system", "max_tokens")}
    request = {name: value for name, value in given.items() if value is not None}
    # Bound before it is waited for: an interrupted and a failed answer are in the variable too.
    if talk is None:
        client = None if options.client is None else ipython.user_ns[options.client]
        talk = ipython.user_ns[options.name] = chat(prompt, client=client, wait=False, **request)
    else:
        talk.ask(prompt, wait=False, **request)
        talk.show()
    if options.wait:
        talk.wait()


class LineError(ValueError):
    """What stands behind `%%chat` is not as it should be."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LineError(f"{message}. {self.format_usage().strip()}")


def _parser() -> ArgumentParser:
    parser = _Parser(prog="%%chat", description=HELP, add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?", default=NAME, help=f"the chat's variable; {NAME} if none is named")
    parser.add_argument("--model", help="the model's name")
    parser.add_argument("--system", help="the system prompt")
    parser.add_argument("--max-tokens", type=int, help="the most tokens that a reply may have")
    parser.add_argument("--client", help="the variable of the client for a new chat")
    parser.add_argument(
        "--wait", action=BooleanOptionalAction, default=True, help="hold the cell until the reply has ended"
    )
    return parser


def _options(line: str) -> Namespace:
    try:
        return _parser().parse_args(shlex.split(line))
    except LineError:
        raise
    except ValueError as error:
        raise LineError(f"{error} in {line!r}") from None


def _chat(options: Namespace, names: dict[str, Any]) -> Chat | None:
    """The chat to go on with, if there is one."""
    name = options.name
    if not name.isidentifier() or iskeyword(name):
        raise LineError(f"{name!r} cannot be a variable's name. {_parser().format_usage().strip()}")
    if options.client is not None and options.client not in names:
        raise LineError(f"--client {options.client}: there is no variable of that name.")
    talk = names.get(name)
    if talk is None:
        return None
    if not isinstance(talk, Chat):
        raise LineError(
            f"{name} holds a {type(talk).__name__!r} and no chat; choose another name, as in %%chat talk."
        )
    if options.client is not None:
        raise LineError(f"{name} has its client already; leave --client out, or choose another name.")
    return talk
