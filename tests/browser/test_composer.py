"""The message box in JupyterLab, which has commands of its own on many keys."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

COMMANDS = "abddmyzxcvjkrlhop00ii1"
"""Each key is a command while the notebook has the focus: it makes, deletes, cuts or pastes cells, and so on."""

CELLS = """() => jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(
  ({ cell_type, source, execution_count }) => [cell_type, String(source), execution_count],
)"""


def test_jupyterlabs_shortcuts_neither_fire_from_the_box_nor_take_its_keys(session: LabSession) -> None:
    url = session.claude.url("keys", text="Hi there", rate=None)
    cell = session.run(f"chat = ask({url!r})")
    expect(answer(cell)).to_have_text("Hi there")
    before = session.page.evaluate(CELLS)
    box = cell.get_by_role("textbox", name="Message")
    box.click()
    box.press_sequentially(COMMANDS)
    box.press("Shift+Enter")
    for key in ("Escape", "m", "Control+Home", "ArrowDown", "End", "Tab", "Shift+Tab", "Control+z", "Control+y"):
        session.page.keyboard.press(key)
    expect(box).to_be_focused()
    session.page.keyboard.press("y")
    text = f"{COMMANDS}\nmy"
    assert session.page.evaluate(CELLS) == before
    expect(box).to_have_value(text)
    box.press("Control+Enter")
    expect(cell.locator("article")).to_have_count(4)
    expect(box).to_have_value("")
    assert session.page.evaluate(CELLS) == before
    for key, value in (("ArrowUp", text), ("ArrowUp", "Hello"), ("ArrowDown", text), ("ArrowDown", "")):
        box.press(key)
        expect(box).to_have_value(value)
    assert session.page.evaluate(CELLS) == before
    assert session.evaluate("chat.messages[2]['content']") == text


def test_a_conversation_is_read_and_answered_by_keys_that_leave_the_notebook_alone(session: LabSession) -> None:
    session.run("x = 1")
    cell = session.run(
        f"chat = ask({session.claude.url('read', text='See [a page](https://a.example).', rate=None)!r})"
    )
    session.run("x = 2")
    page = session.page
    before = page.evaluate(CELLS)
    expect(cell.get_by_role("group", name="Chat: Hello")).to_be_visible()
    box = cell.get_by_role("textbox", name="Message")
    box.focus()
    selected = page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex")
    page.keyboard.press("F6")
    expect(cell.get_by_role("article", name="Claude")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell.get_by_role("link", name="a page")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell.get_by_role("button", name="Copy answer")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(cell.get_by_role("article", name="Claude")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(cell.get_by_role("article", name="You")).to_be_focused()
    page.keyboard.press("F6")
    expect(box).to_be_focused()
    assert page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex") == selected
    assert page.evaluate(CELLS) == before
