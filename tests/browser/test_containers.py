"""Chats in widgets of ipywidgets: seen once, and their text in the notebook's file."""

from __future__ import annotations

from typing import Any

from browser.lab_session import LabSession, answer
from browser.test_saved import VIEW, markdown, reload, save
from playwright.sync_api import expect

CODE = """
import ipywidgets
from IPython.display import display
boxed = ask({url!r}, wait=False)
"""


def texts(outputs: list[Any]) -> list[str]:
    return [markdown(output) for output in outputs if "text/markdown" in output["data"]]


def test_a_chat_in_a_container_is_seen_once_and_saved(session: LabSession) -> None:
    url = session.claude.url("boxed", text="In a *box*.", rate=None)
    boxed = session.notebook.run(CODE.format(url=url) + "ipywidgets.VBox([ipywidgets.HTML('beside'), boxed])")
    expect(boxed.locator(".nbstream")).to_have_count(1)
    expect(answer(boxed)).to_contain_text("In a box.")
    expect(boxed.locator(".widget-vbox .nbstream")).to_have_count(1)

    # An Output takes the chat that is made within it, and `interact` displays the value of its function.
    inside = session.claude.url("inside", text="In an *output*.", rate=None)
    cell = session.run(f"out = ipywidgets.Output()\ndisplay(out)\nwith out:\n    ask({inside!r}, wait=False)")
    expect(answer(cell)).to_contain_text("In an output.")
    slider = f"ipywidgets.interact(lambda x: ask({inside!r}, wait=False), x=(0, 3))\nNone"
    acting = session.run(slider)
    expect(acting.locator(".nbstream")).to_have_count(1)
    expect(answer(acting)).to_contain_text("In an output.")

    # A box that was displayed before it got its child.
    later = session.claude.url("later", text="In a *tab*.", rate=None)
    tab = session.run(f"tab = ipywidgets.Tab()\ndisplay(tab)\ntab.children = [ask({later!r}, wait=False)]")
    expect(tab.locator(".nbstream")).to_have_count(1)
    expect(answer(tab)).to_contain_text("In a tab.")
    expect(tab.locator(".jupyter-widgets .nbstream")).to_have_count(1)

    # A chat that is shown nowhere, and then in a later cell.
    session.run(f"hidden = ask({later!r}, show=False)")
    shown = session.run("ipywidgets.HBox([hidden])")
    expect(answer(shown)).to_contain_text("In a tab.")

    saved = [text for text in texts(save(session)) if text]
    assert saved == ["In a *box*.", "In an *output*.", "In an *output*.", "In a *tab*.", "In a *tab*."]

    page = reload(session)
    box = page.locator(".widget-vbox", has_text="beside")
    expect(box.locator(".nbstream")).to_be_visible(timeout=30_000)
    expect(answer(box)).to_contain_text("In a box.")
    outputs = save(session)
    assert VIEW not in str(outputs)
    assert [text for text in texts(outputs) if text] == saved
