import { expect, test } from "vitest";
import { newBlock } from "../../../src/core/transcript.ts";
import { TypedText } from "../../../src/view/blocks/typed-text.ts";

test("a typed text is shown as it is, in its direction, and until the deadline", () => {
  const words = `**\u05e9\u05dc\u05d5\u05dd** <b>\n${"x".repeat(2_000)}`;
  const view = new TypedText({ ...newBlock("text"), parts: [words], length: words.length });
  expect(view.paint(undefined, 0)).toBe(words.length - 1_024);
  expect(view.element.textContent).toBe(words.slice(0, 1_024));
  expect(view.paint(undefined, Number.POSITIVE_INFINITY)).toBe(0);
  expect(view.element.textContent).toBe(words);
  expect(view.element.dir).toBe("rtl");
  expect(view.element.querySelector("b, strong")).toBeNull();
});
