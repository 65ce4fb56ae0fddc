"""Pictures in NumPy arrays: pixels, and the axes that `plt.subplots` returns.

An array may as well hold numbers that are not a picture. Only arrays that are clearly pictures are taken for such.
This module does not import NumPy, because a caller that passes an array has imported it already.
"""

from __future__ import annotations

from typing import Any

from . import images
from .tables import imported

MIN_GRAY_EDGE_PIXELS = 16
"""The shortest edge of an array of bytes or booleans without colours that is a picture. A smaller one may be a
table."""


def is_array(value: object) -> bool:
    """Tell whether a value is a NumPy array with one dimension at least."""
    class_ = imported("numpy", "ndarray")
    return class_ is not None and isinstance(value, class_) and bool(getattr(value, "ndim", 0))


def figures_of(value: Any) -> list[Any]:
    """Return the figures of an array of Matplotlib's axes, each once; return an empty list for anything else."""
    axes = imported("matplotlib.axes", "Axes")
    if axes is None or not is_array(value) or value.dtype != object:
        return []
    items = list(value.flat)
    if not items or not all(isinstance(item, axes) for item in items):
        return []
    # `axes.figure` may be a subfigure. The `figure` of a subfigure is the whole figure.
    figures = {id(item.figure.figure): item.figure.figure for item in items}
    return list(figures.values())


def is_picture(value: Any) -> bool:
    """Tell whether an array holds the pixels of a picture, as `plt.imshow` would show it.

    Colours are whole numbers up to 255, booleans, or fractions up to 1. A pixel has one value for gray, three for
    red, green and blue, or four with its opacity.
    """
    if not is_array(value) or 0 in value.shape:
        return False
    is_bytes = value.dtype.name in ("uint8", "bool")
    if value.ndim == 2:
        return is_bytes and min(value.shape) >= MIN_GRAY_EDGE_PIXELS
    if value.ndim != 3 or value.shape[2] not in (1, 3, 4) or min(value.shape[:2]) < 2:
        return False
    return is_bytes or (value.dtype.kind == "f" and bool(value.min() >= 0) and bool(0 < value.max() <= 1))


def encode(value: Any, where: str) -> tuple[str, bytes]:
    """Return the media type and bytes in which the picture in an array can be sent.

    Raises:
        ValueError: Pillow is not installed.
    """
    pillow = images.load_pillow()
    if pillow is None:
        raise ValueError(
            f'{where} is a picture in a NumPy array. Install pillow (pip install "nbstream[images]"), so that it '
            "can be sent, or pass the bytes of a PNG."
        )
    images.check_pixels(value.shape[:2], where)
    if value.dtype.name == "bool":
        value = value.astype("uint8") * 255
    elif value.dtype.kind == "f":
        value = (value * 255).round().astype("uint8")
    if value.ndim == 3 and value.shape[2] == 1:
        value = value[:, :, 0]
    return images.encode(pillow.fromarray(value), where)


def describe_ambiguity(value: Any, where: str) -> str:
    """Say what an array may mean, and how to write each meaning."""
    return (
        f"{where} is a NumPy array of shape {value.shape} and type {value.dtype}, which may be numbers or a "
        "picture. Pass pandas.DataFrame(array) for a table, str(array) for text, and for a picture a Matplotlib "
        "figure or PIL.Image.fromarray(…)."
    )
