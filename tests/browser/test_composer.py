"""The message box in JupyterLab, whose own keys mean other things."""

from __future__ import annotations

from browser.desk import Desk, answer
from playwright.sync_api import expect

COMMANDS = "abddmyzxcvjkrlhop00ii1"
"""Each is a command where the notebook has the focus: cells made, deleted, cut, pasted, turned into Markdown."""

CELLS = """() => jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(
  ({ cell_type, source, execution_count }) => [cell_type, String(source), execution_count],
)"""


def test_jupyterlabs_shortcuts_neither_fire_from_the_box_nor_take_its_keys(desk: Desk) -> None:
    url = desk.claude.url("keys", text="Hi there", rate=None)
    cell = desk.run(f"chat = ask({url!r})")
    expect(answer(cell)).to_have_text("Hi there")
    before = desk.page.evaluate(CELLS)
    box = cell.get_by_role("textbox", name="Message")
    box.click()
    box.press_sequentially(COMMANDS)
    box.press("Shift+Enter")
    for key in ("Escape", "m", "Control+Home", "ArrowDown", "End", "Tab", "Shift+Tab", "Control+z", "Control+y"):
        desk.page.keyboard.press(key)
    expect(box).to_be_focused()
    desk.page.keyboard.press("y")
    text = f"{COMMANDS}\nmy"
    assert desk.page.evaluate(CELLS) == before
    expect(box).to_have_value(text)
    box.press("Control+Enter")
    expect(cell.locator("article")).to_have_count(4)
    expect(box).to_have_value("")
    assert desk.page.evaluate(CELLS) == before
    for key, value in (("ArrowUp", text), ("ArrowUp", "Hello"), ("ArrowDown", text), ("ArrowDown", "")):
        box.press(key)
        expect(box).to_have_value(value)
    assert desk.page.evaluate(CELLS) == before
    assert desk.evaluate("chat.messages[2]['content']") == text
