"""The reference names every public function and class, every member of a chat, and each option of the commands."""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

import pytest

import nbstream
import nbstream.server
from nbstream import __main__, magic

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "reference" / "python.md").read_text()


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the long options of a parser and of its commands, except the option for help."""
    commands = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    parsers = [parser, *(inner for choices in commands for inner in choices.values())]
    names = {name for each in parsers for action in each._actions for name in action.option_strings}
    return {name for name in names if name.startswith("--")} - {"--help"}


@pytest.mark.parametrize("name", [*nbstream.__all__, *nbstream.server.__all__])
def test_every_public_name_is_there(name: str) -> None:
    assert re.search(rf"(?:^::: nbstream\.[\w.]+\.|^`nbstream\.){name}\b", TEXT, re.M)


def test_every_member_of_a_chat_is_there() -> None:
    [listed] = re.findall(r"widget\.Chat\n    options:\n      members: \[(.*?)\]", TEXT)
    own = {name for name in vars(nbstream.Chat) if not name.startswith("_")}
    assert own - set(listed.split(", ")) <= {"observe", "keys"}


def test_every_extra_is_named_where_the_installation_is() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"^\| `nbstream\[(\w+)\]`", (ROOT / "docs/guides/first-answer.md").read_text(), re.M)
    assert sorted(named) == sorted(extras)


@pytest.mark.parametrize("parser", [__main__._new_parser(), magic._parser()], ids=["nbstream serve", "%%chat"])
def test_every_option_of_a_command_is_there(parser: argparse.ArgumentParser) -> None:
    heading = "## Magics" if "%%chat" in parser.prog else "## The command line"
    rows = re.findall(r"^\| (`--[^|]+)\|", TEXT.partition(heading)[2].partition("\n## ")[0], re.M)
    assert {name for row in rows for name in re.findall(r"`(--[\w-]+)", row)} == options_of(parser)
