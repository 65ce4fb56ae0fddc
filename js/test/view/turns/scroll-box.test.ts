import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { ScrollBox } from "../../../src/view/turns/scroll-box.ts";
import { animationFrames, newContainer } from "../../fakes.ts";
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

test("the end stays in sight when content becomes higher by itself, unless the user has scrolled up", async () => {
  const group = document.createElement("div");
  const tall = document.createElement("p");
  tall.style.height = "3000px";
  group.append(tall);
  reading.update(() => box.append(group));
  expect(fromEnd()).toBeLessThan(2);
  tall.style.height = "3500px";
  await expect.poll(fromEnd).toBeLessThan(2);
  box.scrollBy(0, -400);
  await animationFrames(2);
  tall.style.height = "4000px";
  await animationFrames(2);
  expect(fromEnd()).toBeGreaterThan(800);
});

test("a short conversation has no buttons", () => {
  write(1);
  expect([...reading.element.querySelectorAll("button")].every((b) => b.hidden)).toBe(true);
});

test("a long conversation can be opened to full height and closed again", () => {
  write(100);
  reading.settle(true, 1_234);
  expect(fromEnd()).toBeLessThan(2);
  const all = button("Show all (1,234 characters)");
  expect(all.getAttribute("aria-expanded")).toBe("false");
  all.click();
  expect(all.textContent).toBe("Show less");
  expect(all.getAttribute("aria-expanded")).toBe("true");
  expect(box.scrollHeight).toBe(box.clientHeight);
  all.click();
  expect(all.textContent).toBe("Show all (1,234 characters)");
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
  box.scrollTop = 0;
  write(1);
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

/** Add lines, each an element of its own, and a line that can be found again. */
function grow(lines: number, isGrowing = true): void {
  reading.update(() => {
    const turn = document.createElement("article");
    for (let i = 0; i < lines; i++) turn.append(document.createElement("p"), "line of text");
    box.append(turn);
  }, isGrowing);
}

/** The box stands in a page that is long enough to scroll. */
function addRoomAround(): void {
  for (const place of ["beforebegin", "afterend"] as const) {
    const room = document.createElement("div");
    room.style.height = "300vh";
    reading.element.parentElement?.insertAdjacentElement(place, room);
    life.signal.addEventListener("abort", () => room.remove());
  }
}

function isOpen(): boolean {
  return box.clientHeight === box.scrollHeight;
}

function lineAt(y: number): Element {
  const { left } = box.getBoundingClientRect();
  return document.elementFromPoint(left + 8, y) as Element;
}

test("a finished conversation stands open, and the end that the user read stays where it was", () => {
  addRoomAround();
  grow(35);
  box.scrollIntoView({ block: "end" });
  expect(isOpen()).toBe(false);
  const before = box.getBoundingClientRect().bottom;
  reading.settle(true);
  expect(isOpen()).toBe(true);
  expect(Math.abs(box.getBoundingClientRect().bottom - before)).toBeLessThan(1);
  expect([...reading.element.querySelectorAll("button")].every((b) => b.hidden)).toBe(true);
});

test("a line that the user reads further up stays where it was when the conversation is finished", () => {
  addRoomAround();
  for (let i = 0; i < 17; i++) grow(2);
  box.scrollIntoView({ block: "start" });
  box.scrollTop = 200;
  grow(1);
  const line = lineAt(box.getBoundingClientRect().top + 8);
  const before = line.getBoundingClientRect().top;
  reading.settle(true);
  expect(isOpen()).toBe(true);
  expect(Math.abs(line.getBoundingClientRect().top - before)).toBeLessThan(2);
});

test("a conversation that is finished above what the user reads does not push it down", () => {
  addRoomAround();
  grow(35);
  const after = reading.element.parentElement?.nextElementSibling as HTMLElement;
  scrollTo(0, scrollY + after.getBoundingClientRect().top + 100);
  const before = after.getBoundingClientRect().top;
  reading.settle(true);
  expect(isOpen()).toBe(true);
  expect(Math.abs(after.getBoundingClientRect().top - before)).toBeLessThan(2);
});

test("a finished conversation of more than three screens stays low, and says how long it is", () => {
  addRoomAround();
  grow(400);
  box.scrollIntoView({ block: "end" });
  reading.settle(true, 60_000);
  expect(isOpen()).toBe(false);
  expect(fromEnd()).toBeLessThan(2);
  button("Show all (60,000 characters)").click();
  expect(isOpen()).toBe(true);
  button("Show less").click();
  expect(isOpen()).toBe(false);
});

test("an answer that nobody has read along is shown from its start, below its question", () => {
  addRoomAround();
  const stood = scrollY;
  grow(40, false);
  grow(1, false);
  grow(400, false);
  reading.settle(true);
  expect(isOpen()).toBe(false);
  expect(Math.abs(box.scrollTop - (box.children[1] as HTMLElement).offsetTop)).toBeLessThan(2);
  expect(scrollY).toBe(stood);
  expect(reading.element.className).toContain("nbstream-cut-end");
});

test("the next answer moves nothing as it begins, and its end is followed", () => {
  addRoomAround();
  grow(35, false);
  reading.settle(true);
  box.scrollIntoView({ block: "end" });
  grow(1);
  const { top, bottom } = box.getBoundingClientRect();
  reading.settle(false, 0, true);
  expect(Math.abs(box.getBoundingClientRect().top - top)).toBeLessThan(1);
  expect(Math.abs(box.getBoundingClientRect().bottom - bottom)).toBeLessThan(1);
  grow(20);
  expect(Math.abs(box.getBoundingClientRect().bottom - bottom)).toBeLessThan(1);
  expect(fromEnd()).toBeLessThan(2);
  reading.settle(true);
  expect(isOpen()).toBe(true);
  expect(Math.abs(box.getBoundingClientRect().bottom - bottom)).toBeLessThan(1);
});

test("where the page cannot be scrolled to the line that is read, the box stays low", () => {
  const frame = reading.element.parentElement as HTMLElement;
  frame.style.cssText = "position: fixed; inset: 0 0 auto";
  grow(35);
  reading.settle(true);
  expect(isOpen()).toBe(false);
  expect(fromEnd()).toBeLessThan(2);
});

test("a box whose height the host gives stays as it is", () => {
  box.style.maxHeight = "none";
  box.style.height = "200px";
  grow(35);
  reading.settle(true);
  expect(box.clientHeight).toBe(200);
  expect(fromEnd()).toBeLessThan(2);
});

test("a user who asks is shown the answer, wherever the box was scrolled to", () => {
  grow(400, false);
  reading.settle(true);
  box.scrollTop = 0;
  grow(1);
  expect(fromEnd()).toBeGreaterThan(50);
  reading.settle(false, 0, true);
  expect(fromEnd()).toBeLessThan(2);
});

test("turns that are put above the others move nothing that is in sight", () => {
  const article = () => {
    const turn = document.createElement("article");
    turn.style.height = "300px";
    return turn;
  };
  reading.update(() => box.append(...Array.from({ length: 10 }, article)));
  const prepend = () => reading.update(() => box.prepend(article(), article()));
  prepend();
  expect(fromEnd()).toBeLessThan(2);
  box.scrollTop -= 500;
  const seen = box.children[6] as HTMLElement;
  const stood = seen.getBoundingClientRect().top;
  prepend();
  expect(Math.abs(seen.getBoundingClientRect().top - stood)).toBeLessThan(2);
  expect(button("Jump to latest").hidden).toBe(false);
});

test("a conversation that is opened shows its last question at once, also with turns above it", () => {
  const articles = [300, 300, 300, 300, 3_000].map((height) => {
    const turn = document.createElement("article");
    turn.style.height = `${height}px`;
    return turn;
  });
  const questionTop = () =>
    (articles[3] as Element).getBoundingClientRect().top - box.getBoundingClientRect().top;
  reading.update(() => box.append(...articles.slice(1)), false);
  expect(Math.abs(questionTop())).toBeLessThan(2);
  reading.update(() => box.prepend(articles[0] as Element), false);
  expect(Math.abs(questionTop())).toBeLessThan(2);
});
