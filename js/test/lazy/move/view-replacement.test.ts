import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { replaceView } from "../../../src/lazy/move/view-replacement.ts";

let el: HTMLElement;
let old: HTMLElement;
let view: HTMLElement;

beforeEach(() => {
  vi.useFakeTimers();
  el = document.createElement("div");
  old = document.createElement("div");
  old.tabIndex = -1;
  view = document.createElement("div");
  el.append(old);
  document.body.append(el);
});

afterEach(() => {
  el.remove();
  vi.useRealTimers();
});

function fillView(): HTMLTextAreaElement {
  const box = document.createElement("textarea");
  box.setAttribute("aria-label", "Message");
  view.append(document.createElement("article"), box);
  return box;
}

test("the old view stays until the new one shows the conversation, and hands over the draft and the focus", async () => {
  const file = { name: "a.txt", blob: new Blob(["abc"], { type: "text/plain" }), data: "YWJj" };
  const takeDraft = vi.fn(() => ({ text: "A draft", files: [file] }));
  old.focus();
  const replaced = replaceView(el, view, takeDraft);
  expect([old.isConnected, view.style.display]).toEqual([true, "none"]);
  expect(takeDraft).not.toHaveBeenCalled();
  const inputs: string[] = [];
  const dropped: string[] = [];
  view.addEventListener("input", () => inputs.push(view.querySelector("textarea")?.value ?? ""));
  view.addEventListener("drop", (event) =>
    dropped.push(...[...(event.dataTransfer?.files ?? [])].map((f) => f.name)),
  );
  const box = fillView();
  await replaced;
  expect([old.isConnected, view.style.display]).toEqual([false, ""]);
  expect([inputs, dropped]).toEqual([["A draft"], ["a.txt"]]);
  expect(document.activeElement).toBe(box);
});

test("a view that shows nothing in two seconds is shown as it is", async () => {
  const replaced = replaceView(el, view, () => ({ text: "", files: [] }));
  await vi.advanceTimersByTimeAsync(2_000);
  await replaced;
  expect([old.isConnected, view.isConnected]).toEqual([false, true]);
});
