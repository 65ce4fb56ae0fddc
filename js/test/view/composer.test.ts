import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { Composer } from "../../src/view/composer.ts";

let sent: string[];
let composer: Composer;
let box: HTMLTextAreaElement;
let button: HTMLButtonElement;

beforeEach(() => {
  sent = [];
  composer = new Composer((text) => sent.push(text));
  document.body.append(composer.element);
  box = composer.element.querySelector("textarea") as HTMLTextAreaElement;
  button = composer.element.querySelector("button") as HTMLButtonElement;
  box.focus();
});

afterEach(() => composer.element.remove());

test("Enter sends and empties the box, Shift+Enter breaks the line", async () => {
  await userEvent.keyboard("Hello{Shift>}{Enter}{/Shift}there{Enter}");
  expect(sent).toEqual(["Hello\nthere"]);
  expect(box.value).toBe("");
});

test("Enter that ends a composition does not send", () => {
  box.value = "にほん";
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }));
  expect(sent).toEqual([]);
});

test("the button sends what stands in the box, and nothing blank", async () => {
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("   ");
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("Hi");
  button.click();
  expect(sent).toEqual(["   Hi"]);
});

test("while a reply runs nothing is sent and nothing typed is lost", async () => {
  composer.paint(true);
  await userEvent.keyboard("Next{Enter}");
  expect(sent).toEqual([]);
  expect(box.value).toBe("Next");
  composer.paint(false);
  expect(button.disabled).toBe(false);
});

test("the box has its name, and the host's shortcuts leave it alone", () => {
  expect(box.getAttribute("aria-label")).toBe("Message");
  expect(box.dataset.lmSuppressShortcuts).toBe("true");
});
