"""The states of a function for the main thread; test_main_thread.py runs jobs under real signals."""

from __future__ import annotations

import pytest

from nbstream.kernel.job import (
    TRANSITIONS,
    InterruptedCallError,
    Job,
    JobState,
    KernelInterrupt,
    StopState,
    run_job,
)


@pytest.mark.parametrize("after", JobState)
@pytest.mark.parametrize("before", JobState)
def test_a_job_makes_only_the_moves_in_the_table(before: JobState, after: JobState) -> None:
    job = Job(lambda: None, lambda: None)
    job.state = before
    if after in TRANSITIONS[before]:
        job.move(after)
        assert job.state is after
    else:
        with pytest.raises(RuntimeError, match=f"from {before.name} to {after.name}; this is a bug in nbstream"):
            job.move(after)


@pytest.mark.parametrize("after", StopState)
@pytest.mark.parametrize("before", StopState)
def test_a_stop_makes_only_the_moves_in_the_table(before: StopState, after: StopState) -> None:
    job = Job(lambda: None, lambda: None)
    job.stop = before
    if after in TRANSITIONS[before]:
        job.move_stop(after)
        assert job.stop is after
    else:
        with pytest.raises(RuntimeError, match=f"from {before.name} to {after.name}"):
            job.move_stop(after)


@pytest.mark.parametrize("stop", [StopState.WITHDRAWN, StopState.SIGNAL_SENT])
def test_a_job_that_was_stopped_before_its_function_does_not_run_it(stop: StopState) -> None:
    ran: list[int] = []
    job = Job(lambda: ran.append(1), lambda: job.move_stop(stop))
    assert isinstance(run_job(job), KeyboardInterrupt)
    assert (ran, job.state) == ([], JobState.ENDED)
    assert isinstance(job.result.exception(0), InterruptedCallError)


def test_an_interrupt_before_the_function_ends_the_job() -> None:
    job = Job(lambda: 1, lambda: job.interrupts.add(KernelInterrupt.OUTSIDE))
    assert isinstance(run_job(job), KeyboardInterrupt)
    assert job.state is JobState.ENDED


def test_a_job_ends_when_its_start_fails() -> None:
    job = Job(lambda: 1, lambda: 1 / 0)
    assert run_job(job) is None
    assert job.state is JobState.ENDED
    assert isinstance(job.result.exception(0), ZeroDivisionError)


def test_a_job_whose_result_was_cancelled_does_not_run() -> None:
    job = Job(lambda: 1, lambda: None)
    job.result.cancel()
    assert run_job(job) is None
    assert job.state is JobState.ENDED
