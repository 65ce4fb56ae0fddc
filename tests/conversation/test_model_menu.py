"""Menu of models: what can be offered, what is chosen at first, and what a page may choose."""

from __future__ import annotations

import pytest

from nbstream.conversation.model_menu import ModelMenu, menu_of

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


@pytest.mark.parametrize(
    ("models", "model", "names", "chosen"),
    [
        ((), None, (), ""),
        ((), OPUS, (), ""),
        ((OPUS, HAIKU), None, (OPUS, HAIKU), OPUS),
        ((OPUS, HAIKU), HAIKU, (OPUS, HAIKU), HAIKU),
        ((HAIKU,), OPUS, (OPUS, HAIKU), OPUS),
        (iter([OPUS, OPUS]), None, (OPUS,), OPUS),
        (HAIKU, None, (HAIKU,), HAIKU),
    ],
)
def test_the_given_model_or_the_first_is_chosen(
    monkeypatch: pytest.MonkeyPatch, models: object, model: str | None, names: tuple[str, ...], chosen: str
) -> None:
    monkeypatch.delenv("NBSTREAM_MODEL", raising=False)
    menu = menu_of(models, model)
    assert (menu.names, menu.chosen) == (names, chosen)


def test_the_environments_model_is_chosen_if_the_menu_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_MODEL", HAIKU)
    assert menu_of([OPUS, HAIKU], None).chosen == HAIKU
    assert menu_of([OPUS], None).chosen == OPUS


def test_only_an_offered_model_can_be_chosen() -> None:
    menu = ModelMenu([OPUS, HAIKU], OPUS)
    menu.choose(HAIKU)
    assert menu.fields == {"model": HAIKU}
    with pytest.raises(ValueError, match=f"does not offer the model 'x'; it offers {OPUS}, {HAIKU}"):
        menu.choose("x")
    assert menu.chosen == HAIKU
    with pytest.raises(ValueError, match="no other model"):
        ModelMenu().choose(OPUS)
    assert ModelMenu().fields == {}


@pytest.mark.parametrize(
    ("models", "error", "said"),
    [
        (7, TypeError, "models is .*pass a list of names"),
        ([OPUS, 7], TypeError, r"models\[1\] is 7; give the name"),
        ([" "], ValueError, r"models\[0\] is blank"),
    ],
)
def test_anything_else_is_refused(models: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        menu_of(models, None)
