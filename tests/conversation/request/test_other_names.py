"""Names that callers know from other places: the error has the words to write, and no value."""

from __future__ import annotations

import pytest

from nbstream.conversation.request.other_names import check_name


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("api_key", r"api_key belongs to the client: client=anthropic.AsyncAnthropic\(api_key=…\)"),
        ("base_url", "belongs to the client"),
        ("budget", r"belongs to the whole chat and not to one message: nbstream.chat\(…, budget=…\)"),
        ("messages", "belongs to the whole chat"),
        ("stop", r"takes no stop; write stop_sequences=\[…\]"),
        ("reasoning_effort", "write effort="),
        ("max_completion_tokens", "write max_tokens="),
        ("seed", "nothing like it; leave seed out"),
    ],
)
def test_a_name_from_elsewhere_is_refused_with_the_right_one(name: str, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        check_name(name)


@pytest.mark.parametrize("name", ["model", "container", "extra_body", "a_field_of_next_year"])
def test_other_names_pass(name: str) -> None:
    check_name(name)
