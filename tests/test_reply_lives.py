"""Ten thousand random lives of a reply; `reply_lives.py` says what may happen in one and what must hold."""

from __future__ import annotations

import pytest
from reply_lives import run_lives

LIVES = 10_000
SHARES = 4
"""Tests among which the lives are divided, so that several workers share them."""


@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_a_server_sends_no_text_is_lost_and_the_messages_stay_valid(share: int) -> None:
    run_lives(range(share, LIVES, SHARES))
