"""What a reader sees in JupyterLab, and what travels to the page."""

from __future__ import annotations

import re
import time

from browser.desk import Desk, answer, expect_exactly, shown, stop_button
from claude_server import prose
from playwright.sync_api import expect


def test_an_answer_is_shown_once_exactly_and_again_where_it_is_evaluated(desk: Desk) -> None:
    text = "".join(prose(300)) + " 日本語 😀 <b> & so on"
    cell = desk.run(f"chat = ask({desk.claude.url('once', text=text, rate=1000)!r})\nchat")
    expect(cell.locator(".nbstream")).to_have_count(1)
    expect_exactly(answer(cell), text)
    assert answer(cell).locator("p").all_text_contents() == text.split("\n\n")
    assert desk.evaluate("chat.text") == text
    later = desk.run("chat")
    expect(answer(later)).to_have_text(shown(text))
    desk.claude.url("once", text=prose(2000), rate=50)
    desk.run("chat.ask('And?', wait=False);")
    # Both go on together; what is out of sight catches up when it comes into sight.
    for view in (cell, later):
        view.scroll_into_view_if_needed()
        expect(view.locator("article")).to_have_count(4)
        expect(answer(view).last).to_contain_text(re.compile(r"\w+ \w+"))
    stop_button(later).click()
    for view in (cell, later):
        expect(stop_button(view)).to_have_count(0)
        expect(answer(view).last).to_have_text(shown(desk.evaluate("chat.text")))


def test_copy_gives_the_markdown_exactly_as_it_was_sent(desk: Desk) -> None:
    text = "# T\n\n* *one*,  two\n\n```python\nx = 1\t# \u202eb\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n[x]\n\n[x]: /y\n\n"
    cell = desk.run(f"ask({desk.claude.url('copied', text=text, rate=1000)!r})")
    expect(answer(cell).locator("li em")).to_have_text("one")
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell.get_by_title("Copy the answer as Markdown").click()
    expect(cell.get_by_role("button", name="Copied")).to_be_visible()
    assert desk.page.evaluate("navigator.clipboard.readText()") == text
    cell.get_by_title("Copy the code").click()
    expect(cell.get_by_role("button", name="Copied")).to_have_count(2)
    assert desk.page.evaluate("navigator.clipboard.readText()") == "x = 1\t# \u202eb"


def test_on_paper_all_of_a_long_answer_stands_and_no_button(desk: Desk) -> None:
    cell = desk.run(f"ask({desk.claude.url('paper', text=prose(3000), rate=None)!r})")
    log = cell.get_by_role("log")
    cut = "(log) => log.scrollHeight - log.clientHeight"
    expect(cell.get_by_role("button", name="Copy").first).to_be_visible()
    expect(cell.get_by_role("button", name="Show all")).to_be_visible()
    assert log.evaluate(cut) > 100
    desk.page.emulate_media(media="print")
    assert log.evaluate(cut) == 0
    expect(cell.locator(".nbstream button:visible")).to_have_count(0)
    expect(cell.get_by_role("textbox", name="Message")).to_be_hidden()


def test_the_page_changes_at_most_ten_times_a_second_at_any_rate(desk: Desk) -> None:
    desk.page.evaluate(
        """() => {
          window.changes = [];
          new MutationObserver((records) => {
            if (records.some((r) => (r.target.parentElement ?? r.target).closest?.(".nbstream"))) {
              window.changes.push(performance.now());
            }
          }).observe(document.querySelector('.jp-NotebookPanel'), {
            subtree: true, childList: true, characterData: true, attributes: true,
          });
        }"""
    )
    text = "".join(prose(6000))
    cell = desk.run(f"chat = ask({desk.claude.url('fast', text=text, rate=2000)!r})")
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect_exactly(answer(cell), text)
    times = desk.page.evaluate("window.changes")
    assert len(times) > 12
    # The first two changes make the view and are no updates of it.
    updates = times[2:]
    assert all(b - a >= 1000 for a, b in zip(updates, updates[10:], strict=False))


def test_a_failure_shows_what_happened_in_the_widget_and_in_the_cell(desk: Desk) -> None:
    url = desk.claude.url("fails", text=prose(50), rate=200, fault="early_end", fault_after=30)
    cell = desk.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_contain_text("ended before Claude's answer did")
    expect(cell.get_by_role("status")).to_contain_text("Failed")
    kept = desk.evaluate("nbstream.last.text")
    assert kept
    expect_exactly(answer(cell), kept)
    error = cell.locator("[data-mime-type='application/vnd.jupyter.stderr']").inner_text().strip()
    assert error.startswith("APIConnectionError")
    assert len(error.splitlines()) <= 3


def test_without_a_key_one_line_says_where_to_put_it(desk: Desk) -> None:
    desk.run("import os; os.environ.pop('ANTHROPIC_API_KEY', None); os.environ['HOME'] = '/nonexistent'")
    cell = desk.run("nbstream.chat('Hello')")
    for place in (cell.get_by_role("alert"), cell.locator("[data-mime-type='application/vnd.jupyter.stderr']")):
        expect(place).to_contain_text("ANTHROPIC_API_KEY")
        expect(place).to_contain_text("nbstream.demo()")


def test_the_message_box_goes_on_with_the_conversation(desk: Desk) -> None:
    cell = desk.run(
        "import os; client = anthropic.AsyncAnthropic(api_key='k', base_url="
        f"{desk.claude.url('box', text='Hi there', rate=100)!r})\nchat = nbstream.chat(client=client)"
    )
    expect(cell.get_by_role("status")).to_contain_text("Ready")
    box = cell.get_by_role("textbox", name="Message")
    box.fill("Hello\nfrom the box")
    box.press("Enter")
    expect(answer(cell)).to_have_text("Hi there")
    box.press_sequentially("dd and iixx are text here, not commands")
    cell.get_by_role("button", name="Send").click()
    expect(cell.locator("article")).to_have_count(4)
    assert desk.evaluate("[m['content'] for m in chat.messages if m['role'] == 'user']") == [
        "Hello\nfrom the box",
        "dd and iixx are text here, not commands",
    ]


def test_the_pages_code_travels_once_and_no_key_ever(desk: Desk) -> None:
    desk.run("import os; os.environ['ANTHROPIC_API_KEY'] = 'sk-' + 'top' + '-secret'")
    desk.run(f"os.environ['ANTHROPIC_BASE_URL'] = {desk.claude.url('bundle', text='Hi', rate=None)!r}")
    for _ in range(5):
        expect(answer(desk.run("nbstream.chat('Hello')"))).to_have_text("Hi")
    assert "sk-top-secret" in repr(desk.claude.records_of("bundle")[0].headers)
    desk.page.keyboard.press("Control+s")
    desk.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    opened = [frame for frame in desk.notebook.received if b"comm_open" in frame]
    assert len([frame for frame in opened if b"nbstream-log" in frame]) == 1
    chats = [len(frame) for frame in opened if b"_bundle" in frame]
    assert len(chats) == 5
    assert max(chats) < 3000
    assert not any(b"sk-top-secret" in frame for frame in desk.notebook.received)
    saved = desk.notebook.path.read_text()
    assert "sk-top-secret" not in saved
    assert "nbstream-log" not in saved


def test_a_kernel_that_works_still_looks_busy_while_a_reply_is_acknowledged(desk: Desk) -> None:
    desk.run(f"ask({desk.claude.url('busy', text=prose(5000))!r}, wait=False)")
    other = desk.notebook.run("time.sleep(6)")
    time.sleep(4)
    seen = [
        desk.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status")
        for _ in range(20)
    ]
    assert seen.count("busy") >= 18
    server = desk.notebook.lab.get(f"api/kernels/{desk.kernel_id}")
    assert server["execution_state"] == "busy"
    desk.notebook.done(other)


def test_a_reload_brings_the_answer_back_and_it_goes_on(desk: Desk) -> None:
    desk.run(f"chat = ask({desk.claude.url('reload', text=prose(5000))!r}, wait=False)")
    record = desk.reached("reload", 50)
    desk.page.keyboard.press("Control+s")
    desk.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    desk.notebook.reload()
    chat = desk.page.locator(".nbstream").first
    expect(stop_button(chat)).to_be_visible(timeout=30_000)
    before = answer(chat).text_content() or ""
    assert len(before) > 50
    assert record.is_open
    stop_button(chat).click()
    desk.closed(record)
    expect(chat.get_by_role("status")).to_contain_text("Stopped")
    text = desk.evaluate("chat.text")
    assert shown(text).startswith(before)
    expect(answer(chat)).to_have_text(shown(text))
