"""Tests of NumPy arrays: which are pictures, which are axes, and what is said of the others."""

from __future__ import annotations

import io
from typing import Any

import matplotlib.figure
import numpy
import pytest
from PIL import Image

from nbstream.content import arrays, images
from nbstream.content.attachments import is_attachment, prompt_to_blocks, to_blocks
from nbstream.content.message import UserMessage

COLOURS = numpy.zeros((6, 5, 3), "uint8")
COLOURS[2, 3] = (255, 128, 0)


def opened(value: Any) -> Image.Image:
    kind, data = arrays.encode(value, "It")
    assert kind == "image/png"
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("value", "pixel"),
    [
        (COLOURS, (255, 128, 0)),
        (numpy.dstack([COLOURS, COLOURS[:, :, 0]]), (255, 128, 0, 255)),
        (COLOURS / 255, (255, 128, 0)),
        ((COLOURS / 255).astype("float32"), (255, 128, 0)),
        (COLOURS > 200, (255, 0, 0)),
        (COLOURS[:, :, :1], 255),
        (numpy.pad(COLOURS[:, :, 0], ((0, 20), (0, 20))), 255),
        (numpy.pad(COLOURS[:, :, 0] > 0, ((0, 20), (0, 20))), 255),
    ],
    ids=["colours", "opacity", "fractions", "float32", "booleans", "one channel", "gray", "mask"],
)
def test_pixels_are_a_picture(value: Any, pixel: object) -> None:
    assert arrays.is_picture(value)
    assert is_attachment(value)
    assert opened(value).getpixel((3, 2)) == pixel


@pytest.mark.parametrize(
    "value",
    [
        numpy.arange(6.0),
        numpy.zeros((4, 4), "uint8"),
        numpy.random.default_rng(1).normal(size=(20, 20)),
        numpy.zeros((5, 5, 3)),
        numpy.full((5, 5, 3), 2.0),
        numpy.full((5, 5, 3), numpy.nan),
        numpy.zeros((5, 5, 3), "int64"),
        numpy.zeros((0, 5, 3), "uint8"),
        numpy.zeros((2, 3, 4, 5)),
        numpy.array(["a", "b"]),
        numpy.array([{}, None]),
    ],
    ids=str,
)
def test_other_arrays_may_be_numbers_and_a_prompt_says_how_to_write_each(value: Any) -> None:
    assert not arrays.is_picture(value)
    assert to_blocks(value, "It") is None
    with pytest.raises(ValueError, match=r"^The prompt is a NumPy array of shape \(.*DataFrame.*fromarray"):
        UserMessage.from_prompt(value)
    with pytest.raises(ValueError, match=r"^Part 0 of the prompt is a NumPy array"):
        UserMessage.from_prompt(value, "What is this?")


def test_a_number_of_numpy_is_no_array() -> None:
    assert not arrays.is_array(numpy.float64(1.0))
    assert not arrays.is_array([1])
    with pytest.raises(TypeError, match="a prompt is text"):
        UserMessage.from_prompt(numpy.float64(1.0))


def test_an_array_of_axes_is_its_figure_once() -> None:
    one, two = matplotlib.figure.Figure(figsize=(1, 1)), matplotlib.figure.Figure(figsize=(1, 1))
    axes = one.subplots(2, 2)
    assert arrays.figures_of(axes) == [one]
    assert is_attachment(axes)
    assert len(prompt_to_blocks(axes, "It") or []) == 1
    both = numpy.array([*axes.flat, two.subplots()], dtype=object)
    assert arrays.figures_of(both) == [one, two]
    assert arrays.figures_of(one.subfigures(1, 2)) == []
    assert arrays.figures_of(numpy.array([], dtype=object)) == []
    assert arrays.figures_of("text") == []


def test_without_pillow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "load_pillow", lambda: None)
    with pytest.raises(ValueError, match=r'It is a picture in a NumPy array.*"nbstream\[images\]"'):
        arrays.encode(COLOURS, "It")
