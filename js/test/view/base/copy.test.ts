import { afterEach, expect, test, vi } from "vitest";
import { copyButton, copyText } from "../../../src/view/base/copy.ts";

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

test("the button copies the current text, shows that it did, and then shows Copy again", async () => {
  vi.useFakeTimers();
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  let text = "one";
  const button = copyButton("Copy code", "Copy the code", () => text);
  expect(button.getAttribute("aria-label")).toBe("Copy code");
  text = "two";
  button.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(write).toHaveBeenCalledWith("two");
  expect(button.textContent).toBe("Copied");
  expect(button.getAttribute("aria-label")).toBe("Copied");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(button.textContent).toBe("Copy");
  expect(button.getAttribute("aria-label")).toBe("Copy code");
  vi.useRealTimers();
});

test("where the clipboard API is denied, copying by selection copies the exact text and leaves no trace", async () => {
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("not allowed"));
  let copied: string | undefined;
  document.addEventListener("copy", (event) => (copied = event.clipboardData?.getData("text/plain")), {
    once: true,
    capture: true,
  });
  const command = vi.spyOn(document, "execCommand").mockImplementation(() => {
    document.activeElement?.dispatchEvent(
      new ClipboardEvent("copy", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() }),
    );
    return true;
  });
  const field = document.body.appendChild(document.createElement("input"));
  field.focus();
  expect(await copyText("a\r\nb\u202e")).toBe(true);
  expect(command).toHaveBeenCalledWith("copy");
  expect(copied).toBeDefined();
  expect(document.querySelector("textarea")).toBeNull();
  expect(document.activeElement).toBe(field);
});

test("a failed copy is shown as such", async () => {
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("not allowed"));
  vi.spyOn(document, "execCommand").mockReturnValue(false);
  const button = copyButton("Copy answer", "Copy", () => "x");
  button.click();
  await expect.poll(() => button.textContent).toBe("Not copied");
});
