"""Job: one function that is to run on the main thread, with the states of its run and of its stop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum, auto
from typing import Any


class JobState(Enum):
    """Progress of a job. Only the thread that runs the job changes it."""

    QUEUED = auto()
    STARTING = auto()
    """The job's turn has come, and `on_start` is called. An interrupt is only recorded and raises nothing."""
    RUNNING = auto()
    """The function itself runs, and an interrupt ends it."""
    ENDED = auto()


class StopState(Enum):
    """Progress of a request to stop a job.

    It is separate from `JobState`, because another thread makes the request. With one variable for both, each
    thread could overwrite the change that the other thread has just made. A lock would not help, because the
    signal handler cannot take a lock that the main thread may hold.
    """

    NONE = auto()
    WITHDRAWN = auto()
    """The job was stopped while it was not running, so no signal is needed."""
    SIGNAL_SENT = auto()
    SIGNAL_RECEIVED = auto()


TRANSITIONS: dict[JobState | StopState, frozenset[JobState | StopState]] = {
    JobState.QUEUED: frozenset({JobState.STARTING, JobState.ENDED}),
    JobState.STARTING: frozenset({JobState.RUNNING, JobState.ENDED}),
    JobState.RUNNING: frozenset({JobState.ENDED}),
    JobState.ENDED: frozenset(),
    StopState.NONE: frozenset({StopState.WITHDRAWN, StopState.SIGNAL_SENT}),
    StopState.WITHDRAWN: frozenset(),
    StopState.SIGNAL_SENT: frozenset({StopState.SIGNAL_RECEIVED}),
    StopState.SIGNAL_RECEIVED: frozenset(),
}
"""The allowed changes of `Job.state` and of `Job.stop`."""


class KernelInterrupt(Enum):
    """The moment at which the keyboard or the host's button interrupted the kernel."""

    INSIDE = auto()
    """While the function ran."""
    OUTSIDE = auto()
    """Just before the function began or just after it ended."""


class Job:
    """One function that is to run on the main thread.

    Args:
        function: The function.
        on_start: Called on the main thread just before the function.

    Attributes:
        result: The function's result.
        state: Progress of the function.
        stop: Progress of a request to stop the job.
        interrupts: The moments at which the kernel was interrupted. One job may have both.
    """

    def __init__(self, function: Callable[[], Any], on_start: Callable[[], object] = lambda: None) -> None:
        self.function = function
        self.on_start = on_start
        self.result: Future[Any] = Future()
        self.state = JobState.QUEUED
        self.stop = StopState.NONE
        self.interrupts: set[KernelInterrupt] = set()

    def move(self, state: JobState) -> None:
        """Change the job's state.

        Raises:
            RuntimeError: `TRANSITIONS` forbids the change, which is a bug in nbstream.
        """
        _check_transition(self.state, state)
        self.state = state

    def move_stop(self, stop: StopState) -> None:
        """Change the state of the job's stop.

        Raises:
            RuntimeError: `TRANSITIONS` forbids the change, which is a bug in nbstream.
        """
        _check_transition(self.stop, stop)
        self.stop = stop

    @property
    def is_stopped(self) -> bool:
        """Whether a stop was requested, so that the result is no longer wanted."""
        return self.stop is not StopState.NONE


class InterruptedCallError(Exception):
    """The kernel was interrupted while the function ran."""

    def __str__(self) -> str:
        return "interrupted"


def run_job(job: Job) -> KeyboardInterrupt | None:
    """Run a job to its end, and store its result or error.

    Returns:
        The interrupt that ended the function, if one did.
    """
    # Python runs signal handlers at calls, and in Python 3.11 reading a member of an enum is a call. An interrupt
    # at a call between the return of the function and `job.state = ended` would leave the job RUNNING. So the
    # member is read here, in advance.
    ended = JobState.ENDED
    if not job.result.set_running_or_notify_cancel():
        job.move(ended)
        return None
    job.move(JobState.STARTING)
    try:
        job.on_start()
        try:
            job.move(JobState.RUNNING)
            # An interrupt before RUNNING was only recorded, so it is raised now.
            if job.is_stopped or KernelInterrupt.OUTSIDE in job.interrupts:
                raise KeyboardInterrupt
            value = job.function()
        finally:
            job.state = ended
    except KeyboardInterrupt as interrupt:
        job.result.set_exception(InterruptedCallError())
        return interrupt
    except BaseException as error:
        # `exit()` in the function must end the function and not the kernel, and a future refuses a StopIteration.
        # So both become a RuntimeError.
        can_store = isinstance(error, Exception) and not isinstance(error, StopIteration)
        job.result.set_exception(error if can_store else RuntimeError(repr(error)))
    else:
        job.result.set_result(value)
    finally:
        # If `on_start` raised an error, the job has not ended yet.
        job.state = ended
    return None


def _check_transition(before: JobState | StopState, after: JobState | StopState) -> None:
    if after not in TRANSITIONS[before]:
        raise RuntimeError(f"A job cannot go from {before.name} to {after.name}; this is a bug in nbstream.")
