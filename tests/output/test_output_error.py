"""The error of a reply without its output."""

from __future__ import annotations

import nbstream
from nbstream.output.output_error import OutputError, field_path


def test_it_is_a_value_error_and_public() -> None:
    assert issubclass(OutputError, ValueError)
    assert nbstream.OutputError is OutputError


def test_its_sentence_names_the_first_fields_and_it_has_them_all() -> None:
    error = OutputError.misfit("City", {f"f{index}": "wrong" for index in range(7)})
    assert str(error) == (
        "The answer does not fit City: f0: wrong; f1: wrong; f2: wrong; f3: wrong; f4: wrong; and 2 more."
    )
    assert len(error.fields) == 7
    assert not OutputError("It broke off.").is_misfit


def test_a_path_is_written_as_in_python() -> None:
    assert field_path(("cities", 2, "people")) == "cities[2].people"
    assert field_path((0, "name")) == "[0].name"
    assert field_path(()) == ""
