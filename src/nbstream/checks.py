"""What can be known to be wrong before anything is sent, refused in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .core.prices import cost_of, price_of
from .pricing import prices


def check_budget(budget: object, request: Mapping[str, Any]) -> None:
    """Refuse a budget that is none, or that nobody could keep to for want of a price.

    Raises:
        TypeError: It is no number.
        ValueError: It is not above 0, or there is no price for what is asked.
    """
    if budget is None:
        return
    if isinstance(budget, bool) or not isinstance(budget, int | float):
        raise TypeError(f"budget is {budget!r}; give US dollars, as in budget=0.5, or None for no limit.")
    if not 0 < budget < float("inf"):
        raise ValueError(f"budget is {budget!r}; give US dollars above 0, or None for no limit.")
    model, speed = str(request.get("model")), request.get("speed")
    if cost_of({"speed": speed}, price_of(model, prices)) is None:
        mode = f" with speed={speed!r}" if speed else ""
        raise ValueError(
            f"budget={budget!r} cannot be kept: the price of {model!r}{mode} is not known. Add it, in US dollars "
            f"for a million tokens, with nbstream.prices[{model!r}] = nbstream.Price(input=…, output=…), or leave "
            f"{'speed' if speed else 'budget'} out."
        )
