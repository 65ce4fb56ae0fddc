"""Menu of models: the names that the user of a page can choose from, and the one that answers next."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..content.blocks import as_texts
from ..core.short_repr import short_repr


class ModelMenu:
    """The models of one chat that its page offers.

    Args:
        names: The names; empty for a chat without a menu.
        chosen: The name that is chosen at first, which is one of them.

    Attributes:
        names: As passed.
        chosen: The name that is chosen.
    """

    def __init__(self, names: Iterable[str] = (), chosen: str = "") -> None:
        self.names = tuple(names)
        self.chosen = chosen

    @property
    def fields(self) -> dict[str, str]:
        """The fields that a request gets from the menu; none without a menu."""
        return {"model": self.chosen} if self.names else {}

    def choose(self, name: str) -> None:
        """Choose a model.

        Raises:
            ValueError: The menu does not offer it.
        """
        if name not in self.names:
            offered = ", ".join(self.names) or "no other model"
            raise ValueError(f"This chat does not offer the model {short_repr(name, 60)}; it offers {offered}.")
        self.chosen = name


def menu_of(models: object, model: str | None) -> ModelMenu:
    """Make the menu that `nbstream.chat` was asked for.

    Args:
        models: The argument of that name.
        model: The model that is chosen at first. By default it is the one that `NBSTREAM_MODEL` names if the menu
            has it, and otherwise the first.

    Raises:
        TypeError: The names are no texts.
        ValueError: A name is blank.
    """
    names = [models] if isinstance(models, str) else models
    accepted = 'a list of names, such as ["claude-opus-4-8", "claude-haiku-4-5"]'
    listed = as_texts(names, "models", accepted, "the name of a model")
    if not listed:
        return ModelMenu()
    default = os.environ.get("NBSTREAM_MODEL", "")
    chosen = model or (default if default in listed else listed[0])
    return ModelMenu(dict.fromkeys(listed if chosen in listed else [chosen, *listed]), chosen)
