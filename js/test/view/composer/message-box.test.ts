import { beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { MessageBox } from "../../../src/view/composer/message-box.ts";

const submit = vi.fn();
const changed = vi.fn();
const key = vi.fn((event: KeyboardEvent) => event.key === "x");
let box: MessageBox;

beforeEach(() => {
  vi.clearAllMocks();
  box = new MessageBox("Message", { onChange: changed, onKey: key });
  const form = document.createElement("form");
  form.append(box.element);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  document.body.replaceChildren(form);
  box.element.focus();
});

test("Enter submits the form and keeps the text, and with Shift it breaks the line", async () => {
  await userEvent.keyboard("a{Shift>}{Enter}{/Shift}b{Enter}");
  expect(submit).toHaveBeenCalledOnce();
  expect(box.text).toBe("a\nb");
  expect(changed).toHaveBeenCalledTimes(3);
});

test("where the pointer is a finger, Enter breaks the line, and with Ctrl it submits the form", async () => {
  const coarse = vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList);
  await userEvent.keyboard("a{Enter}b");
  expect([submit.mock.calls.length, box.text]).toEqual([0, "a\nb"]);
  expect(coarse).toHaveBeenCalledWith("(pointer: coarse)");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  expect(submit).toHaveBeenCalledOnce();
  coarse.mockRestore();
});

test("a handled key is not typed, and onKey is not called during a composition", async () => {
  await userEvent.keyboard("xy");
  expect(box.text).toBe("y");
  box.element.dispatchEvent(new KeyboardEvent("keydown", { key: "x", isComposing: true }));
  box.element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229 }));
  expect(key).toHaveBeenCalledTimes(2);
  expect(submit).not.toHaveBeenCalled();
});

test("the host receives no line breaks, and its shortcuts do not reach the box", () => {
  const host = vi.fn();
  box.element.addEventListener("beforeinput", host);
  box.element.dispatchEvent(new InputEvent("beforeinput", { bubbles: true }));
  expect(host).not.toHaveBeenCalled();
  expect(box.element.dataset.lmSuppressShortcuts).toBe("true");
});

test("setText reports a change like typing does", () => {
  box.setText("one\r\ntwo");
  expect(box.text).toBe("one\ntwo");
  expect(changed).toHaveBeenCalledOnce();
});
