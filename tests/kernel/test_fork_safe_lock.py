"""A lock is free in a forked child, whoever holds it at the fork."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from nbstream.kernel import fork_safe_lock as module
from nbstream.kernel.fork_safe_lock import ForkSafeLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")

SCRIPT = """
import os, threading
from nbstream.kernel import fork_safe_lock
fork_safe_lock.FORK_WAIT_SECONDS = {wait}
lock, held, release = fork_safe_lock.ForkSafeLock(), threading.Event(), threading.Event()

def hold():
    with lock:
        held.set()
        release.wait(5)

threading.Thread(target=hold, daemon=True).start()
held.wait()
threading.Timer({release}, release.set).start()
child = os.fork()
with lock:
    # Only a held lock can be entered again.
    with lock:
        pass
if not child:
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


@pytest.mark.parametrize(("wait", "release"), [(20, 0.2), (0.05, 0.5)], ids=["in time", "too late"])
def test_a_child_can_use_a_lock_that_another_thread_held(wait: float, release: float) -> None:
    script = SCRIPT.format(wait=wait, release=release)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_thread_that_holds_the_lock_may_fork_and_another_one_waits_for_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = ForkSafeLock()
    monkeypatch.setattr(module, "FORK_WAIT_SECONDS", 0.01)

    def fork() -> None:
        lock._before_fork()
        lock._after_in_parent()

    with lock:
        lock._before_fork()
        lock._after_in_child()
        fork()
        other = threading.Thread(target=fork)
        other.start()
        other.join(5)
        assert not other.is_alive()
        first = lock._lock
    assert lock._lock is first
    fork()
    assert lock._forking_threads == set()
