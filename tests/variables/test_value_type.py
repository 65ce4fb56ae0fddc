"""Types and shapes of values, and that no code of a value's class runs."""

from __future__ import annotations

import datetime
import sys
from collections import deque
from decimal import Decimal
from typing import Any

import matplotlib.figure
import numpy
import pandas
import PIL.Image
import polars
import pytest

from nbstream.variables.value_type import describe_type


def function(a: int, *, b: int = 0) -> None: ...


class Plain:
    pass


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "int"),
        (None, "NoneType"),
        ("abc", "str, 3 characters"),
        (b"a", "bytes, 1 byte"),
        (bytearray(2), "bytearray, 2 bytes"),
        ([1], "list, 1 item"),
        ((), "tuple, 0 items"),
        ({1, 2}, "set, 2 items"),
        (frozenset(), "frozenset, 0 items"),
        (deque([1]), "collections.deque, 1 item"),
        ({"a": 1}, "dict, 1 key"),
        (range(1_000), "range, 1,000 items"),
        (Decimal(1), "decimal.Decimal"),
        (datetime.date(2026, 1, 1), "datetime.date"),
        (function, "function of (a, b)"),
        (Plain, "class tests.Plain"),
        (Plain(), "tests.Plain"),
        (sys, "module sys"),
        (ValueError("x"), "ValueError"),
        (numpy.zeros((3, 2)), "numpy.ndarray, 3 × 2, float64"),
        (numpy.zeros(1), "numpy.ndarray, 1 value, float64"),
        (numpy.array(3), "numpy.ndarray, scalar, int64"),
        (numpy.float64(3), "numpy.float64"),
        (numpy.zeros(2, dtype=[("name", "i4")]), "numpy.ndarray, 2 values, structured"),
        (pandas.DataFrame({"a": [1, 2]}), "pandas.DataFrame, 2 × 1"),
        (pandas.Series([1, 2]), "pandas.Series, 2 values, int64"),
        (polars.DataFrame({"a": [1, 2]}), "polars.DataFrame, 2 × 1"),
        (polars.Series(["a"], dtype=polars.Enum(["a", "hidden"])), "polars.Series, 1 value, Enum"),
        (polars.LazyFrame({"a": [1]}), "polars.LazyFrame"),
        (PIL.Image.new("L", (3, 4)), "PIL.Image, 3 × 4 pixels"),
        (matplotlib.figure.Figure(), "matplotlib.Figure"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_a_value_has_its_type_and_its_size(value: object, said: str) -> None:
    assert describe_type(value) == said


class Forbidden(BaseException):
    """Passes through every `except Exception`."""


def guarded_class() -> Any:
    """A class of which nothing can be asked. It is made in a function, because pytest looks into each module."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            raise Forbidden(name)

        def __instancecheck__(cls, instance: object) -> bool:
            raise Forbidden

        def __eq__(cls, other: object) -> bool:
            raise Forbidden

        def __hash__(cls) -> int:
            raise Forbidden

    class Guarded(metaclass=Meta):
        def __getattribute__(self, name: str) -> Any:
            raise Forbidden(name)

        def __len__(self) -> int:
            raise Forbidden

        def __repr__(self) -> str:
            raise Forbidden

    return Guarded


class Items(list[int]):
    def __len__(self) -> int:
        raise Forbidden


class Frame(pandas.DataFrame):
    @property
    def shape(self) -> Any:
        raise Forbidden


class Array(numpy.ndarray):
    @property
    def shape(self) -> Any:
        raise Forbidden


class Disguised:
    """Says that it is NumPy's."""

    @property
    def shape(self) -> Any:
        raise Forbidden


Disguised.__module__, Disguised.__qualname__ = "numpy", "ndarray"


def test_no_code_of_the_values_class_runs() -> None:
    guarded = guarded_class()
    assert describe_type(guarded()) == "tests.guarded_class.<locals>.Guarded"
    assert describe_type(guarded) == "class tests.guarded_class.<locals>.Guarded"
    assert describe_type(Items([1])) == "tests.Items, 1 item"
    assert describe_type(Frame({"a": [1]})) == "tests.Frame"
    assert describe_type(numpy.zeros(3).view(Array)) == "tests.Array"
    assert describe_type(Disguised()) == "numpy.ndarray"


def test_a_tensor_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch is not installed here; `torch.Tensor` has these three properties."""
    namespace = {"shape": property(lambda _: (2, 3)), "dtype": property(lambda _: "torch.float32")}
    tensor = type("Tensor", (), {**namespace, "device": "cuda:0", "__module__": "torch"})
    monkeypatch.setitem(sys.modules, "torch", type(sys)("torch"))
    monkeypatch.setattr(sys.modules["torch"], "Tensor", tensor, raising=False)
    assert describe_type(tensor()) == "torch.Tensor, 2 × 3, torch.float32, on cuda:0"


def test_an_unknown_shape_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's shape may have `None` in it."""
    tensor = type("Tensor", (), {"shape": property(lambda _: (None, 3)), "__module__": "tensorflow"})
    monkeypatch.setitem(sys.modules, "tensorflow", type(sys)("tensorflow"))
    monkeypatch.setattr(sys.modules["tensorflow"], "Tensor", tensor, raising=False)
    assert describe_type(tensor()) == "tensorflow.Tensor"
    picture = type("Image", (), {"size": "?", "__module__": "PIL.Image"})
    monkeypatch.setattr(PIL.Image, "Image", picture)
    assert describe_type(picture()) == "PIL.Image"


def test_names_that_are_no_texts_do_no_harm() -> None:
    odd = type("Odd", (), {"__module__": 3})
    assert describe_type(odd()) == "Odd"
    module = type(sys)("odd")
    module.__name__ = 3  # type: ignore[assignment]
    assert describe_type(module) == "module"
