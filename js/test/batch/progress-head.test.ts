import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProgressHead } from "../../src/batch/progress-head.ts";
import { Link } from "../../src/chat/link.ts";
import type { Progress } from "../../src/core/batch/messages.ts";
import { newContainer } from "../fakes.ts";
import { newProgress } from "./fakes.ts";

let life: AbortController;
let link: Link;
let head: ProgressHead;
let stop: ReturnType<typeof vi.fn<() => void>>;

beforeEach(() => {
  life = new AbortController();
  link = new Link(undefined, () => {}, life.signal);
  stop = vi.fn<() => void>();
  head = new ProgressHead(stop);
  newContainer(life.signal).append(head.element);
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

function paint(more: Partial<Progress> = {}, isStopping = false, now = 0): void {
  head.paint(newProgress(more), link, isStopping, now);
}

function statusText(): string | null | undefined {
  return head.element.querySelector("[role=status]")?.textContent;
}

function stopButton(): HTMLButtonElement | null {
  return head.element.querySelector(".nbstream-stop");
}

test("the bar tells how many rows have ended, and how many of them failed", () => {
  paint();
  const bar = head.element.querySelector<HTMLElement>("[role=progressbar]");
  const value = ["aria-valuemin", "aria-valuenow", "aria-valuemax", "aria-valuetext", "aria-label"];
  expect(value.map((name) => bar?.getAttribute(name))).toEqual([
    ...["0", "120", "200", "120 of 200 rows, 3 failed", "Rows"],
  ]);
  const widths = [...(bar?.children ?? [])].map((part) => (part as HTMLElement).style.width);
  expect(widths).toEqual(["58.5%", "1.5%"]);
  paint({ total: 0, done: 0, failed: 0 });
  expect(bar?.firstElementChild?.getAttribute("style")).toBe("width: 0%;");
});

test("the line has the figures, and Stop is there only while the run goes on", () => {
  paint();
  expect(statusText()).toMatch(/^120 of 200 rows, 3 failed · 340 rows a minute · /);
  stopButton()?.click();
  expect(stop).toHaveBeenCalledOnce();
  paint({}, true);
  expect(statusText()).toMatch(/^Stopping… · 120 of 200 rows/);
  paint({ status: "stopped", stop_reason: "user" });
  expect(statusText()).toBe("Stopped · 120 of 200 rows, 3 failed · 35 s · $0.12");
  expect(stopButton()).toBe(null);
});

test("a kernel that is gone is said, without a pace that no longer holds", () => {
  paint();
  link.report("kernel_restarted");
  paint();
  expect(statusText()).toBe("Stopped · the kernel was restarted · 120 of 200 rows, 3 failed");
  expect(stopButton()).toBe(null);
  paint({ status: "done" });
  expect(statusText()).toBe("Done · the kernel was restarted · 120 of 200 rows, 3 failed · 35 s · $0.12");
});

test("a connection that is away for long is said, and Stop stays", () => {
  vi.useFakeTimers();
  link.report("cut");
  vi.advanceTimersByTime(4_000);
  paint();
  expect(statusText()).toMatch(/^No connection; trying again… · 120 of 200 rows/);
  expect(stopButton()).not.toBe(null);
  paint({ status: "done" });
  expect(statusText()).toMatch(/^Done/);
});

test("screen readers hear the number of rows every five seconds at most, and the end at once", () => {
  const heard: string[] = [];
  const live = head.element.querySelector("[aria-live=polite]") as Element;
  Object.assign(live, { ariaNotify: (text: string) => heard.push(text) });
  for (let now = 0; now < 11_000; now += 100) paint({ done: 100 + now / 100 }, false, now);
  expect(heard).toEqual(["153 of 200 rows, 3 failed", "203 of 200 rows, 3 failed"]);
  const status = head.element.querySelector("[role=status]");
  expect(status?.querySelector(".nbstream-figures")?.getAttribute("aria-live")).toBe("off");
  expect(status?.querySelector(".nbstream-state-name")?.textContent).toBe("");
  paint({ status: "done" });
  expect(status?.querySelector(".nbstream-state-name")?.textContent).toBe("Done");
});

test("an unchanged line keeps its nodes", () => {
  paint();
  const text = head.element.querySelector(".nbstream-figures")?.firstChild;
  paint();
  expect(head.element.querySelector(".nbstream-figures")?.firstChild).toBe(text);
});
