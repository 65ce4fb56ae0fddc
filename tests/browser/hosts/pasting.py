"""A picture that is pasted into a message box, as a user pastes it."""

from __future__ import annotations

from claude_server import Record
from playwright.sync_api import Locator

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

PASTE = """(box, png) => {
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "pixel.png", { type: "image/png" }));
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def paste_picture(box: Locator) -> None:
    """Paste a picture of one pixel into a message box."""
    box.evaluate(PASTE, PIXEL)


def expect_picture_sent(record: Record) -> None:
    """Expect that the last message of a request is the picture and a text."""
    assert [part["type"] for part in record.body["messages"][-1]["content"]] == ["image", "text"]
