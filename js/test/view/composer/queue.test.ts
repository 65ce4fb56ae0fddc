import { beforeEach, expect, test, vi } from "vitest";
import type { QueuedMessage } from "../../../src/core/transcript.ts";
import { Queue } from "../../../src/view/composer/queue.ts";
import "../../../src/entry/widget.css";

const act = vi.fn();
let queue: Queue;

beforeEach(() => {
  vi.useFakeTimers();
  act.mockClear();
  queue = new Queue(act);
  const root = document.createElement("div");
  root.className = "nbstream";
  root.append(queue.element);
  document.body.replaceChildren(root);
  return () => vi.useRealTimers();
});

function message(key: string, text = key, files: string[] = []): QueuedMessage {
  return { key, text, files };
}

function paint(sending: QueuedMessage[], waiting: QueuedMessage[], idle = false): void {
  queue.paint(sending, new Map(waiting.map((one) => [one.key, one])), idle);
}

function rows(): string[] {
  return [...queue.element.children].map((row) =>
    [...row.children].flatMap((part) => ((part as HTMLElement).hidden ? [] : [part.textContent])).join(" | "),
  );
}

test("waiting messages stand before those on their way, with the names of their files", () => {
  paint([message("b")], [message("a", "and\nthen?", ["x.png", "y.pdf"])]);
  expect(rows()).toEqual(["and\nthen? · x.png · y.pdf | Waiting | Take back", "b | Sending…"]);
  expect(queue.element.hidden).toBe(false);
  paint([], []);
  expect(rows()).toEqual([]);
  expect(queue.element.hidden).toBe(true);
});

test("each action says which message it is about, so that those of several messages are told apart", () => {
  paint([], [message("a", "And then?", ["x.png"]), message("b", "Why?")]);
  const titles = [...queue.element.querySelectorAll("button")].map(({ title }) => title);
  expect(titles).toEqual([
    "Send now: And then? · x.png",
    "Take back: And then? · x.png",
    "Send now: Why?",
    "Take back: Why?",
  ]);
});

test("a message that waits only for a moment has no visible row", () => {
  paint([], [message("a")]);
  const seen = () => [...queue.element.children].map((row) => !(row as HTMLElement).hidden);
  vi.advanceTimersByTime(299);
  paint([], [message("a"), message("b")]);
  expect([seen(), queue.element.offsetHeight]).toEqual([[false, false], 0]);
  vi.advanceTimersByTime(1);
  expect(seen()).toEqual([true, false]);
  expect(queue.element.offsetHeight).toBeGreaterThan(0);
});

test("a message keeps its row when the kernel has taken it, and its focus", () => {
  paint([], [message("a")]);
  vi.advanceTimersByTime(300);
  const [row] = queue.element.children;
  const button = row?.querySelector<HTMLButtonElement>("button:not([hidden])");
  button?.focus();
  paint([message("b")], [message("a")]);
  paint([], [message("a"), message("b")]);
  expect(queue.element.children[0]).toBe(row);
  expect(document.activeElement).toBe(button);
  expect(rows()).toEqual(["a | Waiting | Take back", "b | Waiting | Take back"]);
});

test("without a running reply a message can be sent now", () => {
  paint([message("b")], [message("a")], true);
  expect(rows()).toEqual(["a | Waiting | Send now | Take back", "b | Sending…"]);
  for (const button of queue.element.querySelectorAll<HTMLButtonElement>("button:not([hidden])"))
    button.click();
  expect(act.mock.calls).toEqual([
    ["send_now", message("a")],
    ["withdraw", message("a")],
  ]);
});
