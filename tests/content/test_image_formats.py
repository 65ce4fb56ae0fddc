"""Tests of images in formats that the API does not take."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from nbstream.content import images
from nbstream.content.image_formats import convert, format_of


def file(form: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (4, 3)).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (file("TIFF"), "TIFF"),
        (file("TIFF", big_tiff=True), "TIFF"),
        (file("BMP"), "BMP"),
        (file("BMP", "1"), "BMP"),
        (file("PNG"), None),
        (b"BMW sells cars, and so do others.", None),
        (b"", None),
    ],
    ids=["tiff", "big tiff", "bmp", "bmp of bits", "png", "text", "nothing"],
)
def test_a_format_is_known_by_its_first_bytes(data: bytes, name: str | None) -> None:
    assert format_of(data) == name


@pytest.mark.parametrize(("form", "mode"), [("TIFF", "RGB"), ("TIFF", "F"), ("TIFF", "I;16"), ("BMP", "L")])
def test_an_image_becomes_a_png(form: str, mode: str) -> None:
    kind, data = convert(file(form, mode), form, "It")
    assert kind == "image/png"
    assert Image.open(io.BytesIO(data)).size == (4, 3)


def test_a_broken_image_and_one_of_several_pictures_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="It is a TIFF image that cannot be read"):
        convert(file("TIFF")[:60], "TIFF", "It")
    pictures = file("TIFF", save_all=True, append_images=[Image.new("RGB", (2, 2))] * 2)
    with pytest.raises(ValueError, match=r"It is a TIFF file with 3 pictures; .*image\.seek"):
        convert(pictures, "TIFF", "It")


def test_an_image_that_is_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_TOTAL_PIXELS", 11)
    with pytest.raises(ValueError, match="It is an image of 4 × 3 pixels; more than 11"):
        convert(file("BMP"), "BMP", "It")


def test_without_pillow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "load_pillow", lambda: None)
    with pytest.raises(ValueError, match=r'It is a BMP image.*pip install "nbstream\[images\]"'):
        convert(file("BMP"), "BMP", "It")
