"""The import of the SDK: it comes on demand, and a fork waits for it."""

from __future__ import annotations

import subprocess
import sys

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
