"""Tests of images: any size, kind and mode ends within the limits of the API, or is refused with advice."""

from __future__ import annotations

import io
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content import images
from nbstream.content.file_type import media_type, pixel_size
from nbstream.content.images import (
    MAX_EDGE_PIXELS,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_PIXELS,
    MAX_THUMBNAIL_BYTES,
    MAX_TOTAL_PIXELS,
    check_total_pixels,
    encode,
    fit_for_api,
    thumbnail,
)


def image_file(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    """An image that no codec can make small: each channel of each pixel is off or on by chance."""
    width, height = size
    bits = random.Random(5).randbytes(width * height * 3)
    return Image.frombytes("RGB", size, bits.translate(bytes([0] * 128 + [255] * 128)))


def open_image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 3 * MAX_EDGE_PIXELS),
    st.integers(1, 3 * MAX_EDGE_PIXELS),
    st.sampled_from(["1", "L", "P", "RGB", "RGBA", "CMYK"]),
    st.booleans(),
)
def test_an_image_of_any_size_ends_within_the_limits_and_in_its_shape(
    width: int, height: int, mode: str, photograph: bool
) -> None:
    image = Image.new(mode, (width, height))
    image.format = "JPEG" if photograph else None
    kind, data = encode(image, "It")
    size = pixel_size(data)
    assert media_type(data) == kind == ("image/jpeg" if photograph else "image/png")
    assert size is not None
    assert max(size) == min(MAX_EDGE_PIXELS, max(width, height))
    shrunk = max(1, max(width, height) / MAX_EDGE_PIXELS)
    assert size == pytest.approx((width / shrunk, height / shrunk), abs=1)
    assert len(data) <= MAX_IMAGE_BYTES


def test_noise_ends_within_the_limits() -> None:
    kind, data = encode(noise((MAX_EDGE_PIXELS, MAX_EDGE_PIXELS)), "It")
    assert kind == "image/jpeg"
    assert len(data) <= MAX_IMAGE_BYTES


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_file_within_the_limits_goes_as_it_is(form: str) -> None:
    data = image_file(Image.new("RGB", (MAX_EDGE_PIXELS, 10)), form)
    assert fit_for_api(data, "image/…", "It") == ("image/…", data)


def test_an_animation_within_the_limits_goes_as_it_is() -> None:
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 99, 200)]
    data = image_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert fit_for_api(data, "image/gif", "It") == ("image/gif", data)


def test_a_scaled_photograph_stays_a_jpeg_and_is_turned_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    data = image_file(Image.new("RGB", (3 * MAX_EDGE_PIXELS, MAX_EDGE_PIXELS)), "JPEG", exif=turned)
    kind, data = fit_for_api(data, "image/jpeg", "It")
    assert kind == "image/jpeg"
    assert pixel_size(data) == (round(MAX_EDGE_PIXELS / 3), MAX_EDGE_PIXELS)


def test_transparency_is_kept_in_png_and_becomes_white_in_jpeg() -> None:
    clear = Image.new("RGBA", (2 * MAX_EDGE_PIXELS, 10))
    assert open_image(encode(clear, "It")[1]).mode == "RGBA"
    shown = open_image(thumbnail(image_file(clear)))
    assert (shown.mode, shown.getpixel((0, 0))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize("mode", ["La", "PA", "RGBa", "LA", "YCbCr", "HSV", "LAB"])
def test_any_other_mode_becomes_one_that_claude_can_see(mode: str) -> None:
    _, data = encode(Image.new(mode, (4, 4)), "It")
    assert open_image(data).mode in ("LA", "RGB", "RGBA")


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_numbers_become_shades_from_their_least_to_their_largest(mode: str) -> None:
    image = Image.new(mode, (3, 1))
    for at, value in enumerate((1_000, 2_000, 3_000)):
        image.putpixel((at, 0), value)
    assert list(open_image(encode(image, "It")[1]).tobytes()) == [0, 127, 255]
    assert set(open_image(encode(Image.new(mode, (3, 1)), "It")[1]).tobytes()) == {0}


def test_profiles_and_comments_of_a_file_are_removed() -> None:
    image = Image.new("RGB", (10, 10))
    image.info = {"icc_profile": b"p" * 100_000, "comment": b"c" * 60_000}
    assert len(encode(image, "It")[1]) < 1_000
    assert len(thumbnail(image_file(image, "JPEG", icc_profile=b"p" * 100_000, comment=b"c" * 60_000))) < 1_000


def test_an_empty_image_and_a_broken_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"It is an empty image: 0 × 3 pixels\."):
        encode(Image.new("RGB", (0, 3)), "It")
    with pytest.raises(ValueError, match=r"It is a broken image/png: its size"):
        fit_for_api(b"\x89PNG\r\n\x1a\n", "image/png", "It")
    damaged = bytearray(image_file(Image.new("RGB", (2 * MAX_EDGE_PIXELS, 9))))
    # This byte is the bit depth.
    damaged[24] = 255
    with pytest.raises(ValueError, match=r"scaled down \(cannot identify image file\); Claude takes"):
        fit_for_api(bytes(damaged), "image/png", "It")
    with pytest.raises(ValueError, match=r"It is a broken image/png or too large.*; Claude takes 8,000 pixels"):
        fit_for_api(
            image_file(Image.new("RGB", (2 * MAX_EDGE_PIXELS, 2 * MAX_EDGE_PIXELS)))[:1_000], "image/png", "It"
        )


def test_without_pillow_only_an_image_within_the_limits_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large, larger, heavy = (
        image_file(Image.new("1", (width, 1))) for width in (MAX_IMAGE_PIXELS, MAX_IMAGE_PIXELS + 1, 9)
    )
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert fit_for_api(large, "image/png", "It") == ("image/png", large)
    assert thumbnail(large) is None
    with pytest.raises(ValueError, match=r"8,001 × 1 pixels.*8,000 pixels on an edge and 3,932,160 bytes.*pillow"):
        fit_for_api(larger, "image/png", "It")
    with pytest.raises(ValueError, match="Install pillow, so that it can be scaled down, or pass a smaller one"):
        fit_for_api(heavy + bytes(MAX_IMAGE_BYTES), "image/png", "It")


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500))
def test_any_thumbnail_is_small(width: int, height: int) -> None:
    small = thumbnail(image_file(noise((width, height))))
    assert small is not None
    assert len(small) <= MAX_THUMBNAIL_BYTES
    size = pixel_size(small)
    assert size is not None
    assert max(size) <= images.THUMBNAILS[0][0]


def test_a_broken_image_has_no_thumbnail() -> None:
    assert thumbnail(b"\x89PNG\r\n\x1a\n") is None


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG of this size, in pixels."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4)


def test_an_image_of_too_many_pixels_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[object] = []
    monkeypatch.setattr(Image, "open", touched.append)
    large = png_header(13_000, 13_000)
    with pytest.raises(ValueError, match=r"It is an image of 13,000 × 13,000 pixels; more than 64,000,000 are"):
        fit_for_api(large, "image/png", "It")
    assert thumbnail(large) is None
    assert touched == []


def test_a_file_with_two_sizes_is_measured_by_the_size_that_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_TOTAL_PIXELS", 399)
    data = image_file(Image.new("P", (20, 20)), "GIF")
    lying = data[:6] + b"\1\0\1\0" + data[10:]
    assert pixel_size(lying) == (1, 1)
    assert thumbnail(lying) is None
    assert thumbnail(image_file(Image.new("P", (19, 19)), "GIF")) is not None


def test_pictures_that_are_scaled_down_together_have_a_limit() -> None:
    half = png_header(MAX_IMAGE_PIXELS, MAX_IMAGE_PIXELS // 2)
    as_they_are = [png_header(MAX_EDGE_PIXELS, MAX_EDGE_PIXELS)] * 100
    check_total_pixels([half, half, *as_they_are, b"no picture"], "The message")
    with pytest.raises(ValueError, match=r"The message has large pictures of 64,002,001 pixels in all"):
        check_total_pixels([half, half, png_header(MAX_EDGE_PIXELS + 1, 1)], "The message")
    assert MAX_TOTAL_PIXELS == 64_000_000
