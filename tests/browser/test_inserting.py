"""The Insert button, which puts the code of an answer into a new cell for the user to run."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

CODE = "made = ['é', 'two  spaces', '<b>']\nif made:\n\tprint(\"never run by itself\")"

ANSWER = f"Try this:\n\n```python\n{CODE}\n```\n\nOr in a shell:\n\n```bash\nls\n```\n\n" + "And so on.\n\n" * 30

CELLS = """() => jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(
  ({ cell_type, source, execution_count }) => [cell_type, String(source), execution_count],
)"""


def test_insert_puts_the_code_into_a_new_cell_below_and_does_not_run_it(session: LabSession) -> None:
    cell = session.run(f"chat = ask({session.claude.url('inserted', text=ANSWER, rate=None)!r})")
    session.run("later = 1")
    expect(answer(cell).locator("pre")).to_have_count(2)
    before = session.page.evaluate(CELLS)
    [at] = [index for index, [_, source, _] in enumerate(before) if source.startswith("chat = ask")]
    insert = cell.get_by_role("button", name="Insert", exact=True)
    expect(insert).to_have_count(1)
    insert.focus()
    insert.press("Enter")
    expect(session.notebook.cells).to_have_count(len(before) + 1)
    assert session.page.evaluate(CELLS) == [*before[: at + 1], ["code", CODE, None], *before[at + 1 :]]
    made = session.notebook.cells.nth(at + 1)
    expect(made.locator(".cm-content")).to_be_focused()
    expect(made).to_be_in_viewport()
    expect(made).to_contain_class("jp-mod-active")
    assert session.evaluate("'made' in globals()") is False
    made.locator(".cm-content").click()
    session.page.keyboard.press("Control+Enter")
    session.notebook.wait_for_end(made)
    assert session.notebook.output_of(made).strip() == "never run by itself"


def test_the_cell_is_below_the_view_with_the_button(session: LabSession) -> None:
    first = session.run(f"chat = ask({session.claude.url('twice', text='```' + chr(10) + 'y = 2', rate=None)!r})")
    second = session.run("chat")
    for view, below in ((second, ["chat", "y = 2", ""]), (first, ["y = 2", "chat", "y = 2", ""])):
        view.get_by_role("button", name="Insert", exact=True).click()
        count = len(session.page.evaluate(CELLS))
        expect(session.notebook.cells).to_have_count(count)
        assert [source for _, source, _ in session.page.evaluate(CELLS)][-len(below) :] == below
