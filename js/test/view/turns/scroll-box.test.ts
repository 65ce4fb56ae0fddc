import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { ScrollBox } from "../../../src/view/turns/scroll-box.ts";
import { newContainer } from "../../fakes.ts";
import "../../../src/entry/widget.css";

let life: AbortController;
let reading: ScrollBox;
let box: HTMLElement;

beforeEach(() => {
  life = new AbortController();
  reading = new ScrollBox(life.signal);
  const root = newContainer(life.signal);
  root.className = "nbstream";
  root.append(reading.element);
  box = reading.log;
});

afterEach(() => life.abort());

function write(lines: number): void {
  reading.update(() => {
    for (let i = 0; i < lines; i++) box.append(document.createElement("p"), "line of text");
  });
}

function button(name: string): HTMLButtonElement {
  const found = [...reading.element.querySelectorAll("button")].find((b) => b.textContent === name);
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

function fromEnd(): number {
  return box.scrollHeight - box.clientHeight - box.scrollTop;
}

test("a short conversation has no buttons", () => {
  write(1);
  expect([...reading.element.querySelectorAll("button")].every((b) => b.hidden)).toBe(true);
});

test("a long conversation can be opened to full height and closed again", () => {
  write(100);
  expect(fromEnd()).toBeLessThan(2);
  const all = button("Show all");
  expect(all.getAttribute("aria-expanded")).toBe("false");
  all.click();
  expect(all.textContent).toBe("Show less");
  expect(all.getAttribute("aria-expanded")).toBe("true");
  expect(box.scrollHeight).toBe(box.clientHeight);
  all.click();
  expect(all.textContent).toBe("Show all");
  expect(fromEnd()).toBeLessThan(2);
});

const WAYS: readonly [string, () => void | Promise<void>][] = [
  ["the scrollbar", () => box.scrollBy(0, -60)],
  ["find-in-page", () => box.querySelector("p")?.scrollIntoView()],
  [
    "keys",
    async () => {
      box.focus();
      await userEvent.keyboard("{PageUp}");
    },
  ],
];

test.each(WAYS)(
  "a user who scrolls up by %s is not followed, and can jump back to the end",
  async (_, goUp) => {
    write(100);
    expect(button("Jump to latest").hidden).toBe(true);
    await goUp();
    await expect.poll(() => button("Jump to latest").hidden).toBe(false);
    await expect.poll(() => fromEnd()).toBeGreaterThan(50);
    const stood = box.scrollTop;
    write(20);
    expect(Math.abs(box.scrollTop - stood)).toBeLessThan(300);
    expect(fromEnd()).toBeGreaterThan(50);
    button("Jump to latest").click();
    expect(fromEnd()).toBeLessThan(2);
    expect(button("Jump to latest").hidden).toBe(true);
    write(20);
    expect(fromEnd()).toBeLessThan(2);
  },
);

test("text that comes before the scroll event of the user does not scroll back down", () => {
  write(100);
  box.scrollTop -= 60;
  const stood = box.scrollTop;
  write(20);
  expect(box.scrollTop).toBe(stood);
  expect(button("Jump to latest").hidden).toBe(false);
});

test("a box that is open to full height is not scrolled", () => {
  write(100);
  button("Show all").click();
  const stood = scrollY;
  write(20);
  expect(scrollY).toBe(stood);
  expect(button("Jump to latest").hidden).toBe(true);
});

test("scrolling to the end causes no further change of the page", async () => {
  write(100);
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const records: MutationRecord[] = [];
  const observer = new MutationObserver((more) => records.push(...more));
  observer.observe(reading.element, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
  write(20);
  const before = records.length + observer.takeRecords().length;
  box.dispatchEvent(new Event("scroll"));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  expect(before).toBeGreaterThan(0);
  expect(records).toEqual([]);
  observer.disconnect();
});

test("switching to a longer version keeps the scroll position, and a version that fits is followed", () => {
  write(20);
  expect(fromEnd()).toBeLessThan(2);
  const stood = box.scrollTop;
  reading.update(() => {
    for (let i = 0; i < 50; i++) box.append(document.createElement("p"), "line of text");
    return false;
  });
  expect(box.scrollTop).toBe(stood);
  expect(button("Jump to latest").hidden).toBe(false);
  reading.update(() => {
    box.replaceChildren("short");
    return false;
  });
  expect([...reading.element.querySelectorAll("button")].every((b) => b.hidden)).toBe(true);
  write(100);
  expect(fromEnd()).toBeLessThan(2);
});
