"""The import of the SDK: it comes on demand, and a fork waits for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from nbstream.claude import sdk_import
assert "anthropic" not in sys.modules
held = []
class Lock:
    def __enter__(self): held.append("anthropic" in sys.modules)
    def __exit__(self, *_): held.append("anthropic" in sys.modules)
sdk_import._lock = Lock()
sdk_import.import_sdk()
assert held == [False, True], held
"""


def test_the_sdk_is_imported_on_demand_while_the_lock_of_forks_is_held() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=60)


COLLECTOR = """
import gc, sys
{before}
began = []
gc.callbacks.append(lambda phase, _: phase == "start" and began.append("anthropic" in sys.modules))
from nbstream.claude.sdk_import import import_sdk
began.clear()
import_sdk()
collections = len(began)
assert "anthropic" in sys.modules
print(gc.isenabled(), gc.get_freeze_count() > 0, collections)
"""


@pytest.mark.parametrize(
    ("before", "printed"),
    [
        # The collector is on again, and has no new objects to search.
        ("", "True False 0"),
        # What the user has set stays so. The new objects are no more to be told from the frozen ones, so they are
        # searched once, when all are there.
        ("gc.freeze()", "True True 1"),
        ("gc.disable()", "False False 0"),
    ],
)
def test_the_sdk_is_imported_without_collections_of_garbage(before: str, printed: str) -> None:
    code = [sys.executable, "-c", COLLECTOR.format(before=before)]
    done = subprocess.run(code, check=True, timeout=60, capture_output=True, text=True)
    assert done.stdout.strip() == printed
