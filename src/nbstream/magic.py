"""The magics `%%chat`, which sends a cell's text to Claude, and `%explain`, which asks about the last error."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from functools import partial
from keyword import iskeyword
from typing import Any, NoReturn

from .api import chat
from .core.control_characters import escape_controls
from .explanation.explain import NoExceptionError, explain
from .notebook.chat.widget import Chat
from .notebook.template import TemplateError, fill_template

DEFAULT_NAME = "chat"
"""The variable that holds the chat of a cell which names no variable."""

HELP = r"""Send the cell's text to Claude.

The chat is in the variable of that name; the same name in a later cell goes on with the same conversation.
{{expression}} in the text is filled in from the notebook, with a format if you like ({{total:.2f}}). On a line of
its own, an image, a figure, a table or a file goes as such. Single braces, code and formulas stay as they are."""


def register(ipython: Any) -> None:
    """Register `%%chat` and `%explain` with the shell."""
    from IPython.core.magic import no_var_expand

    magic = partial(run, ipython)
    magic.__doc__ = _parser().format_help()
    ipython.register_magic_function(magic, "cell", "chat")
    # IPython would put the values of `{name}` and `$name` into the question.
    ipython.register_magic_function(no_var_expand(run_explain), "line", "explain")


def run_explain(line: str) -> None:
    """Ask Claude about the last error; a question may follow, as in `%explain Why only for the second file?`."""
    from IPython.core.error import UsageError

    try:
        explain(line.strip() or None)
    except NoExceptionError as error:
        raise UsageError(f"%explain: {error}") from error


def run(ipython: Any, line: str, cell: str) -> None:
    """Run a cell that begins with `%%chat`.

    Args:
        ipython: The shell, whose variables are read and set.
        line: The rest of the first line, after `%%chat`.
        cell: The cell's text.

    Raises:
        UsageError: The line or the text cannot be used; IPython shows the error as one line.
    """
    from IPython.core.error import UsageError

    try:
        options = _parse_options(line)
        # IPython adds a line break to the end of the cell.
        parts = fill_template(cell.removesuffix("\n"), ipython.user_ns)
        talk = _find_chat(options, ipython.user_ns)
        output = _find_type(options.output, ipython.user_ns)
    except TemplateError as error:
        # IPython prints these texts as they are, and they quote text that may have been pasted.
        raise UsageError(escape_controls(str(error))) from error
    except LineError as error:
        raise UsageError(escape_controls(f"%%chat: {error}")) from None
    given = {name: getattr(options, name) for name in ("model", "system", "max_tokens")}
    request = {name: value for name, value in given.items() if value is not None}
    if output is not None:
        request["output"] = output
    # The variable is assigned before the wait, so that it also holds a chat whose answer is interrupted or fails.
    if talk is None:
        client = None if options.client is None else ipython.user_ns[options.client]
        talk = ipython.user_ns[options.name] = chat(parts, client=client, wait=False, **request)
    else:
        talk.show(asked=True)
        talk.ask(parts, wait=False, **request)
    if options.wait:
        talk.wait()


class LineError(ValueError):
    """The text after `%%chat` on its line is not valid."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LineError(f"{message}. {self.format_usage().strip()}")


def _parser() -> ArgumentParser:
    parser = _Parser(prog="%%chat", description=HELP, add_help=False, allow_abbrev=False)
    parser.add_argument(
        "name", nargs="?", default=DEFAULT_NAME, help=f"the chat's variable; {DEFAULT_NAME} if none is named"
    )
    parser.add_argument("--model", help="the model's name")
    parser.add_argument("--system", help="the system prompt")
    parser.add_argument("--max-tokens", type=int, help="the most tokens that a reply may have")
    parser.add_argument("--output", help="the type that the reply is held to, as in --output list[City]")
    parser.add_argument("--client", help="the variable of the client for a new chat")
    parser.add_argument(
        "--wait", action=BooleanOptionalAction, default=True, help="hold the cell until the reply has ended"
    )
    return parser


def _parse_options(line: str) -> Namespace:
    try:
        return _parser().parse_args(shlex.split(line))
    except LineError:
        raise
    except ValueError as error:
        raise LineError(f"{error} in {line!r}") from None


def _find_type(expression: str | None, names: dict[str, Any]) -> Any:
    """Return the type that `--output` names, such as `City` or `list[City]`."""
    if expression is None:
        return None
    try:
        # This is the user's own code, like the cell.
        return eval(expression, dict(names))
    except Exception as error:
        raise LineError(f"--output {expression}: {type(error).__name__}: {error}") from error


def _find_chat(options: Namespace, names: dict[str, Any]) -> Chat | None:
    """Return the chat that the cell continues, or `None` if it begins a new one."""
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
            f"{name} is a {type(talk).__name__!r} and not a chat; choose another name, as in %%chat talk."
        )
    if options.client is not None:
        raise LineError(f"{name} has its client already; leave --client out, or choose another name.")
    return talk
