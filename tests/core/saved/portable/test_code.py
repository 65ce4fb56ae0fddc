from __future__ import annotations

from nbstream.core.saved.portable.code import in_code, rewrite_between


def test_code_spans_stay_as_they_are() -> None:
    assert rewrite_between("a `b` c `d", str.upper) == "A `b` C `D"


def test_an_index_is_in_code_between_the_ends_of_a_span() -> None:
    is_in_code = in_code("a `b` c")
    assert [is_in_code(at) for at in (0, 2, 3, 4, 5)] == [False, False, True, True, False]
