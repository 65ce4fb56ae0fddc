import { afterEach, beforeEach, expect, test } from "vitest";
import { watchVisibility } from "../../../src/view/base/visibility.ts";
import { newContainer } from "../../fakes.ts";

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => life.abort());

test("an output is seen as long as it is near the window, and its watch ends with the signal", async () => {
  const el = newContainer(life.signal);
  el.style.height = "10px";
  const seen: boolean[] = [];
  const watch = new AbortController();
  watchVisibility(el, (isVisible) => seen.push(isVisible), watch.signal);
  await expect.poll(() => seen).toEqual([true]);
  el.style.marginTop = "9000px";
  await expect.poll(() => seen).toEqual([true, false]);
  watch.abort();
  el.style.marginTop = "0";
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(seen.length).toBe(2);
});
