import { expect, test, vi } from "vitest";
import { Suggestions } from "../../../src/view/composer/suggestions.ts";

test("each suggestion is a button that sends it, shown while the conversation is empty", () => {
  const send = vi.fn();
  const starters = new Suggestions(["What is in df?", "<b>Plot it</b>"], send);
  expect(starters.element.hidden).toBe(true);
  starters.paint(true);
  expect(starters.element.hidden).toBe(false);
  const buttons = [...starters.element.querySelectorAll("button")];
  expect(buttons.map(({ textContent }) => textContent)).toEqual(["What is in df?", "<b>Plot it</b>"]);
  buttons[1]?.click();
  expect(send).toHaveBeenCalledExactlyOnceWith("<b>Plot it</b>");
  starters.paint(false);
  expect(starters.element.hidden).toBe(true);
});

test("without suggestions the group is hidden", () => {
  const starters = new Suggestions([], () => {});
  starters.paint(true);
  expect(starters.element.hidden).toBe(true);
});
