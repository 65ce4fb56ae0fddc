"""Tests of file types: the kind of a file and the size of an image, from the first bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content.file_type import media_type, pixel_size

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def encode_image(form: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", KINDS)
@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 300))
def test_any_images_kind_and_size_are_in_its_first_bytes(form: str, width: int, height: int) -> None:
    data = encode_image(form, (width, height))
    assert media_type(data) == KINDS[form]
    assert pixel_size(data) == (width, height)


def test_a_lossless_webp_and_an_extended_one_have_sizes_too() -> None:
    assert pixel_size(encode_image("WEBP", (300, 20), lossless=True)) == (300, 20)
    assert pixel_size(encode_image("WEBP", (300, 20), exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")) == (300, 20)


def test_segments_before_the_frame_of_a_jpeg_are_skipped() -> None:
    plain = encode_image("JPEG", (7, 9))
    assert pixel_size(plain[:2] + b"\xff\x01" + b"\xff" + plain[2:]) == (7, 9)
    tables = encode_image("JPEG", (7, 9), optimize=True, progressive=True)
    assert pixel_size(tables[:2] + b"\xff\xc4\x00\x04ab" + tables[2:]) == (7, 9)


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2", b"%PDF-1.7\n", b"RIFF\0\0\0\0WAVE", b"\xff\xd8\xff\xd9", b"\xff\xd8\xffab"]
)
def test_bytes_that_are_no_image_have_no_size(data: bytes) -> None:
    assert pixel_size(data) is None


def test_a_pdf_is_known_and_other_bytes_are_not() -> None:
    assert media_type(b"%PDF-1.7\n%x") == "application/pdf"
    assert media_type(b"GIF87a") == "image/gif"
    assert media_type(b"RIFF\0\0\0\0WAVE") is None


@given(st.binary(max_size=64))
def test_any_bytes_after_a_known_beginning_raise_nothing(rest: bytes) -> None:
    for magic in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b""):
        pixel_size(magic + rest)
