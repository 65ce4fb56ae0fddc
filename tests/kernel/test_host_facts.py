"""The table of facts has a row for each kind of host, and its columns agree with each other."""

from __future__ import annotations

import pytest

from nbstream.kernel.host_facts import FACTS, AnswerDisplay, Channel, FileWriter, HostKind

KINDS = list(HostKind)


def test_each_kind_has_its_row() -> None:
    assert set(FACTS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_with_buttons_can_be_heard(kind: HostKind) -> None:
    facts = FACTS[kind]
    if facts.has_buttons:
        assert Channel.COMM in facts.hears_by


def test_only_vs_code_keeps_a_view_beside_the_text_of_every_answer() -> None:
    assert [kind for kind in KINDS if FACTS[kind].file is FileWriter.KERNEL_BESIDE_VIEW] == [HostKind.VS_CODE]


def test_only_a_cell_without_an_audience_leaves_its_text_at_once() -> None:
    assert [kind for kind in KINDS if FACTS[kind].file is FileWriter.KERNEL] == [HostKind.HEADLESS]
    assert FACTS[HostKind.HEADLESS].display is AnswerDisplay.OUTPUT_TEXT
    assert not FACTS[HostKind.HEADLESS].has_buttons
