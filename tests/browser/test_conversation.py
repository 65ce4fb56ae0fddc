"""A conversation as its reader goes on with it: another wording, another answer, a message that waits, files."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from browser.desk import Desk, answer, stop_button
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


def asked(cell: Locator) -> Locator:
    return cell.locator("[data-role=user] .nbstream-text")


def said(body: dict[str, Any]) -> list[Any]:
    return [message["content"] for message in body["messages"]]


def test_an_earlier_message_is_changed_and_both_ways_can_be_gone(desk: Desk) -> None:
    url = desk.claude.url("edit", text="First answer", rate=None)
    cell = desk.run(f"chat = ask({url!r}, 'One')")
    send(cell, "Two")
    expect(asked(cell)).to_have_text(["One", "Two"])
    expect(answer(cell)).to_have_count(2)
    expect(cell.get_by_role("status")).to_contain_text("Done")
    first = cell.locator("[data-role=user]").first
    first.hover()
    button(first, "Edit").click()
    box = cell.get_by_role("textbox", name="Edited text")
    expect(box).to_be_focused()
    box.press("End")
    # JupyterLab would make a cell below for it, or take it for its own.
    box.press_sequentially(" moreb")
    box.press("Backspace")
    box.press("Enter")
    expect(asked(cell)).to_have_text(["One more"])
    expect(answer(cell)).to_have_count(1)
    assert said(desk.claude.records_of("edit")[-1].body) == ["One more"]
    expect(first.get_by_role("group", name="Versions")).to_have_text("‹2 / 2›")
    button(first, "Previous version").click()
    expect(asked(cell)).to_have_text(["One", "Two"])
    expect(answer(cell)).to_have_count(2)
    expect(button(first, "Next version")).to_be_focused()
    assert [m["role"] for m in desk.evaluate("chat.messages")] == ["user", "assistant"] * 2
    send(cell, "Three")
    expect(asked(cell)).to_have_text(["One", "Two", "Three"])
    assert said(desk.claude.records_of("edit")[-1].body)[::2] == ["One", "Two", "Three"]


def test_an_answer_is_had_again_and_both_are_kept(desk: Desk) -> None:
    url = desk.claude.url("again", text="Short", rate=None, then="longer")
    desk.claude.url("longer", text="A longer answer", rate=None)
    cell = desk.run(f"chat = ask({url!r})")
    button(cell, "Regenerate").click()
    expect(answer(cell)).to_have_text("A longer answer")
    button(cell, "Previous version").click()
    expect(answer(cell)).to_have_text("Short")
    assert desk.evaluate("chat.messages[-1]['content'][0]['text']") == "Short"
    button(cell, "Next version").click()
    expect(answer(cell)).to_have_text("A longer answer")


def test_messages_wait_while_a_reply_runs_are_taken_back_or_sent_at_its_end(desk: Desk) -> None:
    url = desk.claude.url("queue", rate=None, stall_after=3, then="after")
    desk.claude.url("after", text="Then this", rate=None)
    cell = desk.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    again = desk.run("chat")
    send(cell, "And then?")
    send(cell, "Not this")
    rows = cell.locator(".nbstream-queue > li")
    expect(rows).to_have_count(2)
    # Every output of the chat shows what waits.
    expect(again.locator(".nbstream-queue > li")).to_have_count(2)
    button(rows.nth(1), "Take back").click()
    expect(rows).to_have_count(1)
    box = cell.get_by_role("textbox", name="Message")
    expect(box).to_have_value("Not this")
    box.press("Escape")
    expect(cell.get_by_role("status")).to_contain_text("Stopped")
    expect(asked(cell)).to_have_count(1)
    button(rows, "Send now").click()
    expect(asked(cell)).to_have_text(["Hello", "And then?"])
    expect(rows).to_have_count(0)
    expect(answer(cell).last).to_have_text("Then this")
    assert said(desk.claude.records_of("queue")[-1].body)[-1] == "And then?"


def test_a_message_that_waits_is_sent_by_itself_when_the_answer_is_done(desk: Desk) -> None:
    url = desk.claude.url("waits", text="One two", gate=asyncio.Event(), gate_after=1, then="next")
    desk.claude.url("next", text="Next", rate=None)
    cell = desk.run(f"chat = ask({url!r}, wait=False)")
    expect(stop_button(cell)).to_be_visible()
    send(cell, "And then?")
    expect(cell.locator(".nbstream-queue > li")).to_have_count(1)
    desk.claude.open_gate("waits")
    expect(asked(cell)).to_have_text(["Hello", "And then?"])
    expect(answer(cell).last).to_have_text("Next")
    expect(cell.locator(".nbstream-queue > li")).to_have_count(0)


def test_a_pasted_image_and_a_dropped_file_arrive_at_claude(desk: Desk) -> None:
    url = desk.claude.url("files", text="I see", rate=None)
    cell = desk.run(f"chat = ask({url!r})")
    cell.get_by_role("textbox", name="Message").evaluate(PASTE)
    cell.get_by_role("log").evaluate(DROP)
    expect(button(cell, "Remove red.png")).to_be_visible()
    expect(button(cell, "Remove table.csv")).to_be_visible()
    expect(cell.get_by_role("alert")).to_contain_text("x.svg is SVG")
    assert "/lab/tree/" in desk.page.url
    send(cell, "What is this?")
    expect(answer(cell)).to_have_count(2)
    image, table, text = said(desk.claude.records_of("files")[-1].body)[-1]
    data = base64.b64decode(image["source"]["data"])
    assert (image["type"], image["source"]["media_type"]) == ("image", "image/png")
    # Its width and height, scaled down on the page.
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (2000, 1000)
    assert (table["title"], table["source"]["data"]) == ("table.csv", "a,b\n1,2\n")
    assert text == {"type": "text", "text": "What is this?"}
    expect(cell.locator(".nbstream-file")).to_have_count(0)


def test_an_empty_conversation_is_a_box_with_what_one_may_begin_with(desk: Desk) -> None:
    url = desk.claude.url("begin", text="Of course", rate=None)
    suggestions = ["What is in df?", "Plot it"]
    cell = desk.run(f"chat = ask({url!r}, None, suggestions={suggestions!r})")
    expect(cell.get_by_role("textbox", name="Message")).to_be_visible()
    expect(cell.get_by_role("log")).to_have_count(0)
    expect(cell.get_by_role("group", name="Suggestions").get_by_role("button")).to_have_text(suggestions)
    button(cell, "Plot it").click()
    expect(asked(cell)).to_have_text(["Plot it"])
    expect(answer(cell)).to_have_text("Of course")
    expect(button(cell, "Plot it")).to_have_count(0)
