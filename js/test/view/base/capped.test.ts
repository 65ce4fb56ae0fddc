import { afterEach, beforeEach, expect, test } from "vitest";
import { capped } from "../../../src/view/base/capped.ts";
import { newContainer } from "../../fakes.ts";
import "../../../src/entry/widget.css";

let life: AbortController;
let box: HTMLElement;
let root: HTMLElement;

beforeEach(() => {
  life = new AbortController();
  box = document.createElement("div");
  box.className = "nbstream-pane";
  root = capped(box, "Result");
  const el = newContainer(life.signal);
  el.className = "nbstream";
  el.append(root);
});

afterEach(() => life.abort());

function all(): HTMLButtonElement {
  return root.querySelector("button") as HTMLButtonElement;
}

function write(lines: number): void {
  for (let i = 0; i < lines; i++) box.append(document.createElement("p"), "line of text");
}

test("a short text has no button", async () => {
  write(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(all().hidden).toBe(true);
  expect(all().textContent).toBe("");
});

test("a long text is cut off, does not scroll, and is shown whole on request", async () => {
  write(100);
  await expect.poll(() => all().hidden).toBe(false);
  expect(getComputedStyle(box).overflowY).toBe("hidden");
  expect([all().textContent, all().ariaLabel, all().ariaExpanded]).toEqual([
    "Show all",
    "Show all: Result",
    "false",
  ]);
  expect(box.clientHeight).toBeLessThan(500);
  all().click();
  expect([all().textContent, all().ariaExpanded]).toEqual(["Show less", "true"]);
  expect(box.clientHeight).toBe(box.scrollHeight);
  all().click();
  expect(box.clientHeight).toBeLessThan(500);
});

test("a text that find-in-page has found something in is shown whole", async () => {
  write(100);
  await expect.poll(() => all().hidden).toBe(false);
  box.lastElementChild?.scrollIntoView();
  await expect.poll(() => box.clientHeight).toBe(box.scrollHeight);
});
