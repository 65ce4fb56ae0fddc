"""The whole message about an exception."""

from __future__ import annotations

import platform
from textwrap import dedent

import pandas

from nbstream.explanation import question
from nbstream.explanation.question import question_text

from .failing import failed


def test_the_message_has_traceback_cell_names_and_versions() -> None:
    names = {"df": pandas.DataFrame({"a": [1, 2, 3]}), "column": "a hidden value"}
    source = "# ```\ntotal = df[column].sum()\n"
    with failed(source, names) as error:
        text = question_text(error, " Why? ")
    before, _, after = text.partition("Cell:\n")
    assert before.startswith("Why?\n\nTraceback, without the frames of libraries:\n\n```\n")
    assert after == dedent(f"""\

        ````python
        # ```
        total = df[column].sum()
        ````

        The names in Cell, line 2:

        - `df`: pandas.DataFrame, 3 × 1
        - `column`: str, 14 characters

        Versions: Python {platform.python_version()}, pandas {pandas.__version__}""")


def test_without_a_question_it_is_explained() -> None:
    assert question_text(ValueError("x")).startswith(f"{question.DEFAULT_QUESTION}\n\nTraceback")
    assert question_text(ValueError("x"), " ").startswith(question.DEFAULT_QUESTION)


def test_of_a_long_cell_the_lines_around_the_failing_one_are_sent() -> None:
    source = "\n".join(["x = 0"] * 1_000 + ["1 / x"] + ["y = 0"] * 1_000)
    with failed(source) as error:
        text = question_text(error)
    assert "# … lines 1 to 801 left out\n" in text
    assert "# … lines 1,202 to 2,001 left out\n" in text
    assert "\n1 / x\n" in text
    with failed("1 / 0\n" + "x = 0\n" * 1_000) as error:
        assert "```python\n1 / 0\n" in question_text(error)


def test_the_names_of_a_called_function_come_after_those_of_the_cell() -> None:
    with failed("def f(n):\n    return 1 / n\nzero = 0\nf(zero)") as error:
        text = question_text(error)
    assert text.index("The names in Cell, line 4:") < text.index("The names in Cell, line 2, in f:")
    assert "- `zero`: int\n" in text
    assert "- `n`: int\n" in text
