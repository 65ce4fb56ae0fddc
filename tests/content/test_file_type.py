"""What a file is and how large its picture, from its first bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content.file_type import media_type, pixels

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def encoded(form: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", KINDS)
@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 300))
def test_any_images_kind_and_size_are_in_its_first_bytes(form: str, width: int, height: int) -> None:
    data = encoded(form, (width, height))
    assert media_type(data) == KINDS[form]
    assert pixels(data) == (width, height)


def test_a_webp_without_losses_and_one_with_more_than_a_picture_have_sizes_too() -> None:
    assert pixels(encoded("WEBP", (300, 20), lossless=True)) == (300, 20)
    assert pixels(encoded("WEBP", (300, 20), exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")) == (300, 20)


def test_what_stands_before_the_frame_of_a_jpeg_is_passed_over() -> None:
    plain = encoded("JPEG", (7, 9))
    assert pixels(plain[:2] + b"\xff\x01" + b"\xff" + plain[2:]) == (7, 9)
    tables = encoded("JPEG", (7, 9), optimize=True, progressive=True)
    assert pixels(tables[:2] + b"\xff\xc4\x00\x04ab" + tables[2:]) == (7, 9)


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2", b"%PDF-1.7\n", b"RIFF\0\0\0\0WAVE", b"\xff\xd8\xff\xd9", b"\xff\xd8\xffab"]
)
def test_what_is_no_image_has_no_size(data: bytes) -> None:
    assert pixels(data) is None


def test_a_pdf_is_known_and_other_bytes_are_not() -> None:
    assert media_type(b"%PDF-1.7\n%x") == "application/pdf"
    assert media_type(b"GIF87a") == "image/gif"
    assert media_type(b"RIFF\0\0\0\0WAVE") is None


@given(st.binary(max_size=64))
def test_any_bytes_after_any_beginning_are_read_without_an_error(rest: bytes) -> None:
    for magic in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b""):
        pixels(magic + rest)
