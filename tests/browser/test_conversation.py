"""A conversation that the user continues: edited messages, regenerated answers, queued messages and files."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from browser.lab_session import LabSession, answer, stop_button
from playwright.sync_api import Locator, expect

PASTE = """async (box) => {
  const canvas = new OffscreenCanvas(2400, 1200);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "red";
  pen.fillRect(0, 0, 2400, 1200);
  const clipboardData = new DataTransfer();
  const blob = await canvas.convertToBlob();
  clipboardData.items.add(new File([blob], "red.png", { type: "image/png" }));
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""

DROP = """(log) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a,b\\n1,2\\n"], "table.csv", { type: "text/csv" }));
  dataTransfer.items.add(new File(["<svg/>"], "x.svg", { type: "image/svg+xml" }));
  for (const kind of ["dragenter", "dragover", "drop"])
    log.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def button(place: Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def send(cell: Locator, text: str) -> None:
    box = cell.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def user_messages(cell: Locator) -> Locator:
    return cell.locator("[data-role=user] .nbstream-text")


def contents(body: dict[str, Any]) -> list[Any]:
    return [message["content"] for message in body["messages"]]


def test_an_earlier_message_can_be_edited_and_both_versions_can_be_continued(session: LabSession) -> None:
    url = session.claude.url("edit", text="First answer", rate=None)
    cell = session.run(f"chat = ask({url!r}, 'One')")
    send(cell, "Two")
    expect(user_messages(cell)).to_have_text(["One", "Two"])
    expect(answer(cell)).to_have_count(2)
    expect(cell.get_by_role("status")).to_contain_text("Done")
    message_box = cell.get_by_role("textbox", name="Message", exact=True)
    expect(message_box).to_have_attribute("placeholder", "Message claude-opus-4-8")
    first = cell.locator("[data-role=user]").first
    first.hover()
    button(first, "Edit").click()
    box = cell.get_by_role("textbox", name="Edited text")
    expect(box).to_be_focused()
    box.press("End")
    # JupyterLab has commands for these keys: "b" makes a cell below, and Backspace works on cells.
    box.press_sequentially(" moreb")
    box.press("Backspace")
    box.press("Enter")
    expect(user_messages(cell)).to_have_text(["One more"])
    expect(answer(cell)).to_have_count(1)
    assert contents(session.claude.records_of("edit")[-1].body) == ["One more"]
    expect(first.get_by_role("group", name="Versions")).to_have_text("‹2 / 2›")
    button(first, "Previous version").click()
    expect(user_messages(cell)).to_have_text(["One", "Two"])
    expect(answer(cell)).to_have_count(2)
    expect(button(first, "Next version")).to_be_focused()
    assert [m["role"] for m in session.evaluate("chat.messages")] == ["user", "assistant"] * 2
    send(cell, "Three")
    expect(user_messages(cell)).to_have_text(["One", "Two", "Three"])
    # The page shows the message before the kernel has sent the request.
    expect(answer(cell)).to_have_count(3)
    assert contents(session.claude.records_of("edit")[-1].body)[::2] == ["One", "Two", "Three"]


def test_an_answer_can_be_regenerated_and_both_versions_are_kept(session: LabSession) -> None:
    url = session.claude.url("again", text="Short", rate=None, then="longer")
    session.claude.url("longer", text="A longer answer", rate=None)
    cell = session.run(f"chat = ask({url!r})")
    button(cell, "Regenerate").click()
    expect(answer(cell)).to_have_text("A longer answer")
    button(cell, "Previous version").click()
    expect(answer(cell)).to_have_text("Short")
    assert session.evaluate("chat.messages[-1]['content'][0]['text']") == "Short"
    button(cell, "Next version").click()
    expect(answer(cell)).to_have_text("A longer answer")


def test_messages_queued_while_a_reply_runs_can_be_taken_back_or_sent_at_its_end(session: LabSession) -> None:
    url = session.claude.url("queue", rate=None, stall_after=3, then="after")
    session.claude.url("after", text="Then this", rate=None)
    cell = session.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    again = session.run("chat")
    send(cell, "And then?")
    send(cell, "Not this")
    rows = cell.locator(".nbstream-queue > li")
    expect(rows).to_have_count(2)
    # Every output of the chat shows the queued messages.
    expect(again.locator(".nbstream-queue > li")).to_have_count(2)
    button(rows.nth(1), "Take back").click()
    expect(rows).to_have_count(1)
    box = cell.get_by_role("textbox", name="Message")
    expect(box).to_have_value("Not this")
    box.press("Escape")
    expect(cell.get_by_role("status")).to_contain_text("Stopped")
    expect(user_messages(cell)).to_have_count(1)
    button(rows, "Send now").click()
    expect(user_messages(cell)).to_have_text(["Hello", "And then?"])
    expect(rows).to_have_count(0)
    expect(answer(cell).last).to_have_text("Then this")
    assert contents(session.claude.records_of("queue")[-1].body)[-1] == "And then?"


def test_a_queued_message_is_sent_by_itself_when_the_answer_is_done(session: LabSession) -> None:
    url = session.claude.url("waits", text="One two", gate=asyncio.Event(), gate_after=1, then="next")
    session.claude.url("next", text="Next", rate=None)
    cell = session.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    send(cell, "And then?")
    expect(cell.locator(".nbstream-queue > li")).to_have_count(1)
    session.claude.open_gate("waits")
    expect(user_messages(cell)).to_have_text(["Hello", "And then?"])
    expect(answer(cell).last).to_have_text("Next")
    expect(cell.locator(".nbstream-queue > li")).to_have_count(0)


def test_a_pasted_image_and_a_dropped_file_are_sent_to_claude(session: LabSession) -> None:
    url = session.claude.url("files", text="I see", rate=None)
    cell = session.run(f"chat = ask({url!r})")
    cell.get_by_role("textbox", name="Message").evaluate(PASTE)
    cell.get_by_role("log").evaluate(DROP)
    expect(button(cell, "Remove red.png")).to_be_visible()
    expect(button(cell, "Remove table.csv")).to_be_visible()
    expect(cell.get_by_role("alert")).to_contain_text("x.svg is an SVG image")
    # A browser that takes a drop itself leaves the page.
    assert session.page.url.startswith(f"{session.notebook.lab.url}/lab/")
    send(cell, "What is this?")
    expect(answer(cell)).to_have_count(2)
    image, table, text = contents(session.claude.records_of("files")[-1].body)[-1]
    data = base64.b64decode(image["source"]["data"])
    assert (image["type"], image["source"]["media_type"]) == ("image", "image/png")
    # The width and height in the PNG's header: the page has scaled the image down.
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (2000, 1000)
    assert (table["title"], table["source"]["data"]) == ("table.csv", "a,b\n1,2\n")
    assert text == {"type": "text", "text": "What is this?"}
    expect(cell.locator(".nbstream-file")).to_have_count(0)


def test_an_empty_conversation_is_a_message_box_with_suggestions(session: LabSession) -> None:
    url = session.claude.url("begin", text="Of course", rate=None)
    suggestions = ["What is in df?", "Plot it"]
    cell = session.run(f"chat = ask({url!r}, None, suggestions={suggestions!r})")
    expect(cell.get_by_role("textbox", name="Message")).to_be_visible()
    expect(cell.get_by_role("log")).to_have_count(0)
    expect(cell.get_by_role("group", name="Suggestions").get_by_role("button")).to_have_text(suggestions)
    button(cell, "Plot it").click()
    expect(user_messages(cell)).to_have_text(["Plot it"])
    expect(answer(cell)).to_have_text("Of course")
    expect(button(cell, "Plot it")).to_have_count(0)
