import { afterEach, beforeEach, expect, test } from "vitest";
import { holdPlace } from "../../../src/view/turns/reading-place.ts";
import { newContainer } from "../../fakes.ts";

let life: AbortController;
let scroller: HTMLElement;
let box: HTMLElement;

/** A low box of fifty lines, in a page of its own that scrolls. */
beforeEach(() => {
  life = new AbortController();
  scroller = newContainer(life.signal);
  scroller.style.cssText = "height: 400px; overflow-y: auto";
  const room = () => Object.assign(document.createElement("div"), { style: "height: 1000px" });
  box = document.createElement("div");
  box.style.cssText = "height: 200px; overflow-y: auto";
  for (let i = 0; i < 50; i++) {
    const line = document.createElement("p");
    line.style.cssText = "height: 20px; margin: 0";
    box.append(line);
  }
  scroller.append(room(), box, room());
  scroller.scrollTop = 900;
});

afterEach(() => life.abort());

function topOf(node: Element): number {
  return node.getBoundingClientRect().top;
}

function open(): void {
  box.style.height = "auto";
}

test("the end of a box that the user reads stays, and the page around it scrolls", () => {
  box.scrollTop = box.scrollHeight;
  const line = box.children[49] as Element;
  const before = topOf(line);
  expect(holdPlace(box, true, open)).toBe(true);
  expect(topOf(line)).toBeCloseTo(before, 0);
  expect(scroller.scrollTop).toBe(1_700);
});

test("a line in the middle of a box stays, both as the box is opened and as it is made low", () => {
  box.scrollTop = 400;
  const line = box.children[20] as Element;
  const before = topOf(line);
  expect(holdPlace(box, false, open)).toBe(true);
  expect(topOf(line)).toBeCloseTo(before, 0);
  const opened = topOf(line);
  expect(
    holdPlace(box, false, () => {
      box.style.height = "200px";
    }),
  ).toBe(true);
  expect(topOf(line)).toBeCloseTo(opened, 0);
});

test("a box below what the user sees moves nothing", () => {
  scroller.scrollTop = 100;
  expect(holdPlace(box, true, open)).toBe(true);
  expect(scroller.scrollTop).toBe(100);
});

test("a box above what the user sees does not push it down", () => {
  scroller.scrollTop = 1_300;
  const after = scroller.lastElementChild as Element;
  const before = topOf(after);
  expect(holdPlace(box, true, open)).toBe(true);
  expect(topOf(after)).toBeCloseTo(before, 0);
});

test("a page that cannot be scrolled to the place is reported", () => {
  scroller.style.cssText = "position: fixed; top: 0";
  scroller.replaceChildren(box);
  box.scrollTop = box.scrollHeight;
  expect(holdPlace(box, true, open)).toBe(false);
});

test("the browser's own anchoring of the page is as it was before", () => {
  scroller.style.overflowAnchor = "auto";
  holdPlace(box, true, open);
  expect(scroller.style.overflowAnchor).toBe("auto");
});
