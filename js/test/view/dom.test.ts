import { expect, test } from "vitest";
import { element, setText } from "../../src/view/dom.ts";

test("an element has what it was given, and strings become text", () => {
  const made = element("p", "note", { role: "status" }, "<b>", element("em", ""));
  expect(made.outerHTML).toBe('<p class="note" role="status">&lt;b&gt;<em></em></p>');
});

test("a text that stands already is not set again", async () => {
  const node = element("p", "", {}, "same");
  const changes: unknown[] = [];
  const observer = new MutationObserver((records) => changes.push(...records));
  observer.observe(node, { childList: true, characterData: true, subtree: true });
  setText(node, "same");
  await Promise.resolve();
  expect(changes).toHaveLength(0);
  setText(node, "other");
  await Promise.resolve();
  expect(changes.length).toBeGreaterThan(0);
  observer.disconnect();
});
