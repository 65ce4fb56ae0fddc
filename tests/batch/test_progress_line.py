"""The line of a terminal that shows the progress."""

from __future__ import annotations

from typing import Any

from nbstream.batch.progress_line import ProgressLine


class Terminal:
    def __init__(self, *, is_terminal: bool, **more: Any) -> None:
        self.now = 0.0
        self.written: list[str] = []
        self.flushed = 0
        self.line = ProgressLine(self.written.append, self._flush, is_terminal, lambda: self.now, **more)

    def _flush(self) -> None:
        self.flushed += 1

    def at(self, now: float, text: str) -> None:
        self.now = now
        self.line.update(lambda: text)


def test_a_terminals_line_is_written_over_once_a_second() -> None:
    terminal = Terminal(is_terminal=True)
    for tick in range(250):
        terminal.at(tick / 100, f"{tick} of 250 rows")
    terminal.line.end(lambda: "done")
    assert terminal.written == ["\r100 of 250 rows", "\r200 of 250 rows", "\rdone           \n"]
    assert terminal.flushed == 251


def test_a_log_gets_a_line_every_ten_seconds() -> None:
    terminal = Terminal(is_terminal=False)
    for second in range(25):
        terminal.at(float(second), f"{second} s")
    terminal.line.end(lambda: "done")
    assert terminal.written == ["1 s\n", "11 s\n", "21 s\n", "done\n"]


def test_a_short_run_prints_its_last_line_alone() -> None:
    terminal = Terminal(is_terminal=True)
    terminal.at(0.5, "half")
    terminal.line.end(lambda: "all")
    assert terminal.written == ["\rall\n"]


def test_nothing_is_printed_before_it_is_known_whether_a_page_shows_it() -> None:
    allowed: list[bool] = []
    terminal = Terminal(is_terminal=False, may_print=lambda: bool(allowed))
    terminal.at(5.0, "early")
    allowed.append(True)
    terminal.at(6.0, "later")
    assert terminal.written == ["later\n"]
