"""Pictures of any size, kind and mode end within what the API takes, or are refused with advice."""

from __future__ import annotations

import io
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content import images as pictures
from nbstream.content.file_type import media_type, pixels
from nbstream.content.images import (
    EDGE,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    PIXELS,
    THUMBNAIL_BYTES,
    check_work,
    encoded,
    fitted,
    thumbnail,
)


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    """What no codec can make small: each channel of each pixel is off or on by chance."""
    width, height = size
    bits = random.Random(5).randbytes(width * height * 3)
    return Image.frombytes("RGB", size, bits.translate(bytes([0] * 128 + [255] * 128)))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 3 * EDGE),
    st.integers(1, 3 * EDGE),
    st.sampled_from(["1", "L", "P", "RGB", "RGBA", "CMYK"]),
    st.booleans(),
)
def test_an_image_of_any_size_ends_within_the_limits_and_in_its_shape(
    width: int, height: int, mode: str, photograph: bool
) -> None:
    image = Image.new(mode, (width, height))
    image.format = "JPEG" if photograph else None
    kind, data = encoded(image, "It")
    size = pixels(data)
    assert media_type(data) == kind == ("image/jpeg" if photograph else "image/png")
    assert size is not None
    assert max(size) == min(EDGE, max(width, height))
    shrunk = max(1, max(width, height) / EDGE)
    assert size == pytest.approx((width / shrunk, height / shrunk), abs=1)
    assert len(data) <= IMAGE_BYTES


def test_even_noise_ends_within_the_limits() -> None:
    kind, data = encoded(noise((EDGE, EDGE)), "It")
    assert kind == "image/jpeg"
    assert len(data) <= IMAGE_BYTES


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_file_within_the_limits_goes_as_it_is(form: str) -> None:
    data = saved(Image.new("RGB", (EDGE, 10)), form)
    assert fitted(data, "image/…", "It") == ("image/…", data)


def test_an_animation_within_the_limits_goes_as_it_is() -> None:
    frames = [Image.new("L", (20, 20), shade) for shade in (0, 99, 200)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert fitted(data, "image/gif", "It") == ("image/gif", data)


def test_a_photograph_stays_one_when_scaled_and_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    data = saved(Image.new("RGB", (3 * EDGE, EDGE)), "JPEG", exif=turned)
    kind, data = fitted(data, "image/jpeg", "It")
    assert kind == "image/jpeg"
    assert pixels(data) == (round(EDGE / 3), EDGE)


def test_transparency_is_kept_where_it_can_be_and_white_elsewhere() -> None:
    clear = Image.new("RGBA", (2 * EDGE, 10))
    assert opened(encoded(clear, "It")[1]).mode == "RGBA"
    shown = opened(thumbnail(saved(clear)))
    assert (shown.mode, shown.getpixel((0, 0))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize("mode", ["La", "PA", "RGBa", "LA", "YCbCr", "HSV", "LAB"])
def test_any_other_mode_becomes_one_that_claude_can_see(mode: str) -> None:
    _, data = encoded(Image.new(mode, (4, 4)), "It")
    assert opened(data).mode in ("LA", "RGB", "RGBA")


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_numbers_become_shades_from_their_least_to_their_largest(mode: str) -> None:
    image = Image.new(mode, (3, 1))
    for at, value in enumerate((1_000, 2_000, 3_000)):
        image.putpixel((at, 0), value)
    assert list(opened(encoded(image, "It")[1]).tobytes()) == [0, 127, 255]
    assert set(opened(encoded(Image.new(mode, (3, 1)), "It")[1]).tobytes()) == {0}


def test_what_a_file_says_beside_its_picture_does_not_travel() -> None:
    image = Image.new("RGB", (10, 10))
    image.info = {"icc_profile": b"p" * 100_000, "comment": b"c" * 60_000}
    assert len(encoded(image, "It")[1]) < 1_000
    assert len(thumbnail(saved(image, "JPEG", icc_profile=b"p" * 100_000, comment=b"c" * 60_000))) < 1_000


def test_an_empty_image_and_a_broken_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"It is an empty image: 0 × 3 pixels\."):
        encoded(Image.new("RGB", (0, 3)), "It")
    with pytest.raises(ValueError, match=r"It is a broken image/png: its size"):
        fitted(b"\x89PNG\r\n\x1a\n", "image/png", "It")
    damaged = bytearray(saved(Image.new("RGB", (2 * EDGE, 9))))
    # The depth of a colour.
    damaged[24] = 255
    with pytest.raises(ValueError, match=r"scaled down \(cannot identify image file\); Claude takes"):
        fitted(bytes(damaged), "image/png", "It")
    with pytest.raises(ValueError, match=r"It is a broken image/png or too large.*; Claude takes 8,000 pixels"):
        fitted(saved(Image.new("RGB", (2 * EDGE, 2 * EDGE)))[:1_000], "image/png", "It")


def test_without_pillow_what_the_api_takes_goes_and_the_rest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    large, larger, heavy = (saved(Image.new("1", (width, 1))) for width in (IMAGE_PIXELS, IMAGE_PIXELS + 1, 9))
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert fitted(large, "image/png", "It") == ("image/png", large)
    assert thumbnail(large) is None
    with pytest.raises(ValueError, match=r"8,001 × 1 pixels.*8,000 pixels on an edge and 3,932,160 bytes.*pillow"):
        fitted(larger, "image/png", "It")
    with pytest.raises(ValueError, match="Install pillow, with which it is scaled down, or pass a smaller one"):
        fitted(heavy + bytes(IMAGE_BYTES), "image/png", "It")


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500))
def test_any_thumbnail_is_small(width: int, height: int) -> None:
    small = thumbnail(saved(noise((width, height))))
    assert small is not None
    assert len(small) <= THUMBNAIL_BYTES
    size = pixels(small)
    assert size is not None
    assert max(size) <= pictures.THUMBNAILS[0][0]


def test_a_broken_image_has_no_thumbnail() -> None:
    assert thumbnail(b"\x89PNG\r\n\x1a\n") is None


def header(width: int, height: int) -> bytes:
    """What a PNG begins with."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4)


def test_what_has_too_many_pixels_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[object] = []
    monkeypatch.setattr(Image, "open", touched.append)
    large = header(13_000, 13_000)
    with pytest.raises(ValueError, match=r"It is an image of 13,000 × 13,000 pixels; more than 64,000,000 are"):
        fitted(large, "image/png", "It")
    assert thumbnail(large) is None
    assert touched == []


def test_a_file_with_two_sizes_is_held_to_that_which_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PIXELS", 399)
    data = saved(Image.new("P", (20, 20)), "GIF")
    lying = data[:6] + b"\1\0\1\0" + data[10:]
    assert pixels(lying) == (1, 1)
    assert thumbnail(lying) is None
    assert thumbnail(saved(Image.new("P", (19, 19)), "GIF")) is not None


def test_pictures_that_are_scaled_down_together_have_a_limit() -> None:
    half = header(IMAGE_PIXELS, IMAGE_PIXELS // 2)
    as_they_are = [header(EDGE, EDGE)] * 100
    check_work([half, half, *as_they_are, b"no picture"], "The message")
    with pytest.raises(ValueError, match=r"The message has large pictures of 64,002,001 pixels in all"):
        check_work([half, half, header(EDGE + 1, 1)], "The message")
    assert PIXELS == 64_000_000
