from __future__ import annotations

import re

import pytest
from renderers import RENDERERS

from nbstream.core.saved.portable.cells import close_cells
from nbstream.core.saved.safe_markdown import make_safe


def test_formulas_and_code_are_whole_in_a_cell() -> None:
    html = RENDERERS["nbconvert"](make_safe("| a | b |\n|---|---|\n| x | $P(A|B)$ |\n| `a|b` | y |"))
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td>(.*?)</td>", html)]
    assert cells == ["x", r"$P(A\vert B)$", "a|b", "y"]


def test_a_row_that_would_still_have_too_few_cells_keeps_its_pipes() -> None:
    table = ["| a | b | c |", "|-|-|-|", "| `x|y` | z | $a|b$ | d|"]
    assert close_cells(table)[2] == "| <code>x&#124;y</code> | z | $a\\vert b$ |"
    few = ["| a | b | c |", "|-|-|-|", "| `x|y|z` | d |"]
    assert close_cells(few)[2] == "| `x | y | z` |"


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        (["head", "|-|", "a"], ["| head |", "| - |", "| a |"]),
        (["- head", "  -|", "  a|", "- b"], ["- | head |", "  | - |", "  | a |", "- b"]),
        (["> head", "> :-:", "> a \\|", "b"], ["> | head |", "> | :-: |", "> | a \\| |", "b"]),
        (["a | b", "-|-", "c", "- d"], ["| a | b |", "| - | - |", "| c |  |", "- d"]),
        (["| a | b |", "|-|-|", "| c | d | e |", "| f"], ["| a | b |", "| - | - |", "| c | d |", "| f |  |"]),
        (["| a | b |", " |-|-|", "| c | d |"], ["| a | b |", " |-|-|", "| c | d |"]),
        (["| a | b |", "|-|-|", "|", "|", "|"], ["| a | b |", "| - | - |", *["|  |  |"] * 3]),
        (["|a" * 30 + "|", "|-" * 30 + "|", *"|" * 9], ["|a" * 30 + "|", "|-" * 30 + "|", *"|" * 9]),
        (["x" * 101, "|-|"], ["x" * 101, "|-|"]),
        (["a", "text"], ["a", "text"]),
    ],
)
def test_table_of_one_column_has_its_pipes(lines: list[str], written: list[str]) -> None:
    assert close_cells(lines) == written
