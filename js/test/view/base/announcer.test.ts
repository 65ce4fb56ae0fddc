import { afterEach, expect, test, vi } from "vitest";
import { Announcer } from "../../../src/view/base/announcer.ts";

afterEach(() => vi.useRealTimers());

function announcer(native: boolean) {
  const made = new Announcer((work) => work());
  const said: string[] = [];
  const notify = native ? (text: string) => said.push(text) : undefined;
  Object.defineProperty(made.element, "ariaNotify", { value: notify });
  return { made, said };
}

test("finished blocks are said together, once, and nothing is written where the browser can say it", () => {
  const { made, said } = announcer(true);
  made.add(" one ");
  made.add("");
  made.add("two");
  made.flush(true);
  made.flush(true);
  expect(said).toEqual(["one\ntwo"]);
  expect(made.element.textContent).toBe("");
});

test("else they are written into a live region, and do not stay there", async () => {
  vi.useFakeTimers();
  const { made } = announcer(false);
  expect(made.element.getAttribute("aria-live")).toBe("polite");
  made.add("one");
  made.flush(true);
  expect(made.element.textContent).toBe("one");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(made.element.textContent).toBe("");
});

test("what was there before is not said, and of much only the end", () => {
  const { made, said } = announcer(true);
  made.add("old");
  made.flush(false);
  made.flush(true);
  expect(said).toEqual([]);
  made.add(`${"x".repeat(5_000)}end`);
  made.flush(true);
  expect(said[0]?.length).toBeLessThan(1_010);
  expect(said[0]?.endsWith("end")).toBe(true);
});
