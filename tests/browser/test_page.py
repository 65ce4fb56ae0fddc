"""Answers as the user sees them in JupyterLab, and the frames that travel to the page."""

from __future__ import annotations

import re
import time

import pytest
from browser.lab import wait_until
from browser.lab_session import LabSession, answer, expect_text, paragraph_text, stop_button
from claude_server import prose
from playwright.sync_api import expect


def test_an_answer_is_shown_once_exactly_and_again_where_it_is_evaluated(session: LabSession) -> None:
    text = "".join(prose(300)) + " 日本語 😀 <b> & so on"
    cell = session.run(f"chat = ask({session.claude.url('once', text=text, rate=1000)!r})\nchat")
    expect(cell.locator(".nbstream")).to_have_count(1)
    expect_text(answer(cell), text)
    assert answer(cell).locator("p").all_text_contents() == text.split("\n\n")
    assert session.evaluate("chat.text") == text
    later = session.run("chat")
    expect(answer(later)).to_have_text(paragraph_text(text))
    session.claude.url("once", text=prose(2000), rate=50)
    session.run("chat.ask('And?', wait=False);")
    # Both views show the new answer; a view out of sight catches up when it comes into sight.
    for view in (cell, later):
        view.scroll_into_view_if_needed()
        expect(view.locator("article")).to_have_count(4)
        expect(answer(view).last).to_contain_text(re.compile(r"\w+ \w+"))
    stop_button(later).click()
    for view in (cell, later):
        expect(stop_button(view)).to_have_count(0)
        expect(answer(view).last).to_have_text(paragraph_text(session.evaluate("chat.text")))


def test_copy_gives_the_markdown_exactly_as_it_was_sent(session: LabSession) -> None:
    text = "# T\n\n* *one*,  two\n\n```python\nx = 1\t# \u202eb\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n[x]\n\n[x]: /y\n\n"
    cell = session.run(f"ask({session.claude.url('copied', text=text, rate=1000)!r})")
    expect(answer(cell).locator("li em")).to_have_text("one")
    session.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell.get_by_title("Copy the answer as Markdown").click()
    expect(cell.get_by_role("button", name="Copied")).to_be_visible()
    assert session.page.evaluate("navigator.clipboard.readText()") == text
    cell.get_by_title("Copy the code").click()
    expect(cell.get_by_role("button", name="Copied")).to_have_count(2)
    assert session.page.evaluate("navigator.clipboard.readText()") == "x = 1\t# \u202eb"


WATCH_PLACES = """(cell) => {
  window.places = [];
  const box = cell.querySelector(".nbstream textarea");
  const log = cell.querySelector(".nbstream [role=log]");
  const watch = () => {
    window.places.push([box.getBoundingClientRect().top, log.scrollHeight - log.clientHeight]);
    requestAnimationFrame(watch);
  };
  watch();
}"""


def test_a_finished_answer_stands_open_and_what_was_read_has_not_moved(session: LabSession) -> None:
    text = "\n\n".join(f"Paragraph {number} of an answer that is longer than its box." for number in range(40))
    cell = session.notebook.run(f"ask({session.claude.url('open', text=text, rate=120)!r})")
    log = cell.get_by_role("log")
    box = cell.get_by_role("textbox", name="Message")
    wait_until(lambda: log.evaluate("(log) => log.scrollHeight - log.clientHeight") > 100)
    box.scroll_into_view_if_needed()
    cell.evaluate(WATCH_PLACES)
    session.notebook.wait_for_end(cell)
    expect(cell.get_by_role("button", name="Copy answer")).to_be_visible()
    wait_until(lambda: log.evaluate("(log) => log.scrollHeight - log.clientHeight") == 0)
    # Whatever the page does about the change, such as anchoring, it does in one of the next frames.
    places = session.page.evaluate(
        "() => new Promise((done) => setTimeout(() => done(window.places), 500))",
    )
    tops = [top for top, _ in places]
    assert {hidden > 0 for _, hidden in places} == {True, False}
    assert max(tops) - min(tops) < 12, f"the message box moved from {min(tops)} to {max(tops)}"
    expect(cell.get_by_role("button", name="Show all")).to_have_count(0)


def test_on_paper_all_of_a_long_answer_stands_and_no_button(session: LabSession) -> None:
    cell = session.run(f"ask({session.claude.url('paper', text=prose(3000), rate=None)!r})")
    log = cell.get_by_role("log")
    cut = "(log) => log.scrollHeight - log.clientHeight"
    expect(cell.get_by_role("button", name="Copy").first).to_be_visible()
    expect(cell.get_by_role("button", name="Show all")).to_be_visible()
    assert log.evaluate(cut) > 100
    session.page.emulate_media(media="print")
    assert log.evaluate(cut) == 0
    expect(cell.locator(".nbstream button:visible")).to_have_count(0)
    expect(cell.get_by_role("textbox", name="Message")).to_be_hidden()


def test_the_page_changes_at_most_ten_times_a_second_at_any_rate(session: LabSession) -> None:
    session.page.evaluate(
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
    cell = session.run(f"chat = ask({session.claude.url('fast', text=text, rate=2000)!r})")
    expect(cell.get_by_role("status")).to_contain_text("Done")
    expect_text(answer(cell), text)
    times = session.page.evaluate("window.changes")
    assert len(times) > 12
    # The first two changes make the view and do not update it.
    updates = times[2:]
    assert all(b - a >= 1000 for a, b in zip(updates, updates[10:], strict=False))


def test_a_failure_shows_what_happened_in_the_widget_and_in_the_cell(session: LabSession) -> None:
    url = session.claude.url("fails", text=prose(50), rate=200, fault="early_end", fault_after=30)
    cell = session.run(f"ask({url!r})")
    expect(cell.get_by_role("alert")).to_contain_text("ended before Claude's answer did")
    expect(cell.get_by_role("status")).to_contain_text("Failed")
    kept = session.evaluate("nbstream.last.text")
    assert kept
    expect_text(answer(cell), kept)
    error = cell.locator("[data-mime-type='application/vnd.jupyter.stderr']").inner_text().strip()
    assert error.startswith("APIConnectionError")
    assert len(error.splitlines()) <= 3


@pytest.mark.own_kernel
def test_without_a_key_one_line_says_where_to_put_it(session: LabSession) -> None:
    session.run("import os; os.environ.pop('ANTHROPIC_API_KEY', None); os.environ['HOME'] = '/nonexistent'")
    cell = session.run("nbstream.chat('Hello')")
    for place in (cell.get_by_role("alert"), cell.locator("[data-mime-type='application/vnd.jupyter.stderr']")):
        expect(place).to_contain_text("ANTHROPIC_API_KEY")
        expect(place).to_contain_text("nbstream.demo()")


def test_the_message_box_goes_on_with_the_conversation(session: LabSession) -> None:
    cell = session.run(
        "import os; client = anthropic.AsyncAnthropic(api_key='k', base_url="
        f"{session.claude.url('box', text='Hi there', rate=100)!r})\nchat = nbstream.chat(client=client)"
    )
    expect(cell.get_by_role("status")).to_contain_text("Ready")
    box = cell.get_by_role("textbox", name="Message")
    box.fill("Hello\nfrom the box")
    box.press("Enter")
    expect(answer(cell)).to_have_text("Hi there")
    box.press_sequentially("dd and iixx are text here, not commands")
    cell.get_by_role("button", name="Send").click()
    expect(cell.locator("article")).to_have_count(4)
    assert session.evaluate("[m['content'] for m in chat.messages if m['role'] == 'user']") == [
        "Hello\nfrom the box",
        "dd and iixx are text here, not commands",
    ]


@pytest.mark.own_kernel
def test_the_pages_code_travels_once_and_no_key_ever(session: LabSession) -> None:
    session.run("import os; os.environ['ANTHROPIC_API_KEY'] = 'sk-' + 'top' + '-secret'")
    session.run(f"os.environ['ANTHROPIC_BASE_URL'] = {session.claude.url('bundle', text='Hi', rate=None)!r}")
    for _ in range(5):
        expect(answer(session.run("nbstream.chat('Hello')"))).to_have_text("Hi")
    assert "sk-top-secret" in repr(session.claude.records_of("bundle")[0].headers)
    session.page.keyboard.press("Control+s")
    session.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    opened = [frame for frame in session.notebook.received if b"comm_open" in frame]
    assert len([frame for frame in opened if b"nbstream-log" in frame]) == 1
    chats = [len(frame) for frame in opened if b"_bundle" in frame]
    assert len(chats) == 5
    assert max(chats) < 3000
    assert not any(b"sk-top-secret" in frame for frame in session.notebook.received)
    saved = session.notebook.path.read_text()
    assert "sk-top-secret" not in saved
    assert "nbstream-log" not in saved


def test_a_kernel_that_works_still_looks_busy_while_a_reply_is_acknowledged(session: LabSession) -> None:
    session.run(f"ask({session.claude.url('busy', text=prose(5000))!r}, wait=False)")
    other = session.notebook.run("time.sleep(6)")
    time.sleep(4)
    seen = [
        session.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status")
        for _ in range(20)
    ]
    assert seen.count("busy") >= 18
    server = session.notebook.lab.get(f"api/kernels/{session.kernel_id}")
    assert server["execution_state"] == "busy"
    session.notebook.wait_for_end(other)


def test_a_reload_brings_the_answer_back_and_it_goes_on(session: LabSession) -> None:
    session.run(f"chat = ask({session.claude.url('reload', text=prose(5000))!r}, wait=False)")
    record = session.wait_for_deltas("reload", 50)
    session.page.keyboard.press("Control+s")
    session.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    session.notebook.reload()
    chat = session.page.locator(".nbstream").first
    expect(stop_button(chat)).to_be_visible(timeout=30_000)
    before = answer(chat).text_content() or ""
    assert len(before) > 50
    assert record.is_open
    stop_button(chat).click()
    session.wait_for_disconnect(record)
    expect(chat.get_by_role("status")).to_contain_text("Stopped")
    text = session.evaluate("chat.text")
    assert paragraph_text(text).startswith(before)
    expect(answer(chat)).to_have_text(paragraph_text(text))
