import { afterEach, expect, test, vi } from "vitest";
import { Announcer } from "../../../src/view/base/announcer.ts";

afterEach(() => vi.useRealTimers());

function announcer(native: boolean) {
  const made = new Announcer((work) => work());
  const announced: string[] = [];
  const notify = native ? (text: string) => announced.push(text) : undefined;
  Object.defineProperty(made.element, "ariaNotify", { value: notify });
  return { made, announced };
}

test("finished blocks are announced together and once, without live-region text where the browser has ariaNotify", () => {
  const { made, announced } = announcer(true);
  made.add(" one ");
  made.add("");
  made.add("two");
  made.flush(true);
  made.flush(true);
  expect(announced).toEqual(["one\ntwo"]);
  expect(made.element.textContent).toBe("");
});

test("without ariaNotify announcements are written into a live region and removed again", async () => {
  vi.useFakeTimers();
  const { made } = announcer(false);
  expect(made.element.getAttribute("aria-live")).toBe("polite");
  made.add("one");
  made.flush(true);
  expect(made.element.textContent).toBe("one");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(made.element.textContent).toBe("");
});

test("old blocks are not announced, and of a long text only the end is", () => {
  const { made, announced } = announcer(true);
  made.add("old");
  made.flush(false);
  made.flush(true);
  expect(announced).toEqual([]);
  made.add(`${"x".repeat(5_000)}end`);
  made.flush(true);
  expect(announced[0]?.length).toBeLessThan(1_010);
  expect(announced[0]?.endsWith("end")).toBe(true);
});
