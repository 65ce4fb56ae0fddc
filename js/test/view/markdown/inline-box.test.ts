import { expect, test } from "vitest";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";

function render(text: string, size: number): HTMLElement {
  const root = document.createElement("div");
  const markdown = new MarkdownText(root);
  for (let at = 0; at < text.length; at += size) markdown.append(text.slice(at, at + size));
  markdown.end();
  return root;
}

test("more than 512 inlines stand in boxes, however the text is cut", () => {
  const text = "*a* ".repeat(700);
  const whole = render(text, text.length);
  expect(whole.querySelectorAll("p > .nbstream-inlines").length).toBe(2);
  expect(whole.querySelectorAll("em").length).toBe(700);
  expect(whole.textContent).toBe("a ".repeat(700).trim());
  for (const size of [3, 50]) expect(render(text, size).innerHTML).toBe(whole.innerHTML);
});

test("a box that is not needed any more is removed", () => {
  const root = document.createElement("div");
  const markdown = new MarkdownText(root);
  markdown.append(`[${"`a` ".repeat(600)}`);
  expect(root.querySelectorAll("p > .nbstream-inlines").length).toBe(2);
  markdown.append("](b) c");
  markdown.end();
  expect(root.querySelectorAll("p > .nbstream-inlines").length).toBe(0);
  expect(root.querySelector("p")?.textContent).toBe(`${"a ".repeat(600)} c`);
});

test("code with very many unseen characters stands in boxes", () => {
  const text = `\`${"a\u202e".repeat(260)}\``;
  const whole = render(text, text.length);
  expect(whole.querySelectorAll("code > .nbstream-inlines").length).toBe(1);
  for (const size of [7, 100]) expect(render(text, size).innerHTML).toBe(whole.innerHTML);
});

test("an ordinary paragraph has no boxes", () => {
  expect(render("a *b* `c` ".repeat(100), 40).querySelector(".nbstream-inlines")).toBeNull();
});

test("one update adds a bounded number of inlines, and the next ones add the rest", async () => {
  const root = render("`a` ".repeat(3_000), 20_000);
  expect(root.querySelectorAll("code").length).toBeLessThan(2_200);
  await expect.poll(() => root.querySelectorAll("code").length).toBe(3_000);
  expect(root.textContent).toBe("a ".repeat(3_000).trim());
});
