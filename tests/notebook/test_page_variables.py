"""The notebook's variables on the pages of a chat."""

from __future__ import annotations

import threading
from typing import Any

import pandas
import pytest

from nbstream.core.command_frames import Prompt
from nbstream.core.variable_frames import ListVariables
from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.main_thread import MainThread
from nbstream.notebook import page_variables
from nbstream.notebook.page_variables import PageVariables


class Kernel:
    """The variables of a notebook, and the frames that its pages get."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, object] = {}
        monkeypatch.setattr(page_variables, "notebook_variables", lambda: dict(self.names))
        self.main = MainThread(None)
        self.sent: list[dict[str, Any]] = []
        self.variables = PageVariables(self.main, FunctionRunner(self.main), self.sent.append)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def test_a_list_comes_when_the_main_thread_has_time(kernel: Kernel) -> None:
    kernel.names = {"df": pandas.DataFrame({"a": [1]}), "x": 1}
    thread = threading.Thread(target=kernel.variables.answer, args=(ListVariables("p", "k", "d"),))
    thread.start()
    thread.join()
    # While the main thread runs a cell, nothing is offered.
    assert kernel.sent == []
    kernel.main.run_posted()
    assert kernel.sent == [
        {
            "v": 1,
            "kind": "variables",
            "to": "p",
            "key": "k",
            "names": ["df"],
            "types": ["pandas.DataFrame, 1 × 1"],
        }
    ]


def test_a_message_with_a_variable_that_is_gone_is_refused(kernel: Kernel) -> None:
    kernel.names = {"df": 1}
    assert not kernel.variables.refuse_missing(Prompt("p", "k", "What?"))
    assert not kernel.variables.refuse_missing(Prompt("p", "k", "What?", variables=("df",)))
    assert kernel.sent == []
    assert kernel.variables.refuse_missing(Prompt("p", "k", "What?", variables=("df", "gone")))
    assert kernel.variables.refuse_missing(Prompt("p", "k", "What?", variables=("one", "two")))
    one, two = kernel.sent
    assert (one["kind"], one["to"], one["key"]) == ("refusal", "p", "k")
    assert one["reason"].startswith("There is no variable gone any more.")
    assert two["reason"].startswith("There are no variables one, two any more.")


@pytest.mark.anyio
async def test_values_are_read_in_the_order_of_the_names(kernel: Kernel) -> None:
    kernel.names = {"x": 1, "y": 2}
    blocks = await kernel.variables.read(["y", "x"])
    assert ["`y`" in block.param["text"] for block in blocks] == [True, False]
    with pytest.raises(ValueError, match="There is no variable gone any more"):
        await kernel.variables.read(["x", "gone"])
