/** Tests of the row below an answer, in which its mark, its actions and its figures stand. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { cdp, page } from "vitest/browser";
import { Connection } from "../../src/chat/connection.ts";
import { ChatView } from "../../src/view/chat.ts";
import { ANSWER, ended, FakeKernel, newContainer, QUESTION, text } from "../fakes.ts";
import "../../src/entry/widget.css";

let life: AbortController;
let kernel: FakeKernel;
let el: HTMLElement;

beforeEach(async () => {
  life = new AbortController();
  // A view that is out of sight is not painted.
  await page.viewport(1_280, 900);
  kernel = new FakeKernel();
  el = newContainer(life.signal);
  const connection = new Connection(kernel, [], life.signal);
  connection.attach(new ChatView(el, connection, life.signal), life.signal);
});

afterEach(async () => {
  life.abort();
  document.documentElement.removeAttribute("dir");
  await touch(false);
});

/** Make the page that of a touch screen, or that of a mouse again. */
async function touch(enabled: boolean): Promise<void> {
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };
  await session.send("Emulation.setTouchEmulationEnabled", { enabled });
}

function box(selector: string): DOMRect {
  return el.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect(Number.NaN);
}

test.each([
  ["from left to right", "ltr", 700, false],
  ["from right to left", "rtl", 700, false],
  ["of a narrow output", "ltr", 330, false],
  ["for a finger", "ltr", 390, true],
])(
  "the row of a message %s and the message box stay where they are while it is answered",
  async (...args) => {
    const [, direction, width, isTouch] = args;
    await touch(isTouch);
    document.documentElement.dir = direction;
    el.style.width = `${width}px`;
    kernel.write(QUESTION);
    await expect.poll(() => el.querySelector("article [role=status]")?.textContent).toMatch(/^Waiting.* s/);
    const row = box(".nbstream-foot");
    const places = () => [box(".nbstream-foot").height, box(".nbstream-foot").bottom - box("form").top];
    const before = places();
    const isAtEnd = () => {
      const { left, right } = box(".nbstream-figures");
      return Math.abs(direction === "rtl" ? left - row.left : row.right - right) <= 4;
    };
    expect(isAtEnd()).toBe(true);
    kernel.write([...ANSWER, text("A **CRDT** is a data type.")]);
    await expect.poll(() => el.querySelector("strong")?.textContent).toBe("CRDT");
    expect(places()).toEqual(before);
    const top = box("form").top;
    kernel.write(ended("done", { cost: 0.0022, usage: { input_tokens: 1_204, output_tokens: 567 } }));
    await expect.poll(() => el.querySelector(".nbstream-regenerate")).not.toBeNull();
    expect(places()).toEqual(before);
    expect(box("form").top).toBe(top);
    expect(isAtEnd()).toBe(true);
    const [number, unit] = [0, 2].map((start) => {
      const range = document.createRange();
      const words = [...el.querySelectorAll(".nbstream-figure")].at(-2)?.firstChild as Text;
      range.setStart(words, start);
      range.setEnd(words, start + 1);
      return range.getBoundingClientRect().left;
    });
    expect(number).toBeLessThan(unit ?? Number.NaN);
    const figures = box(".nbstream-figures");
    const action = box(".nbstream-regenerate");
    expect(figures.top + figures.bottom - action.top - action.bottom).toBeLessThanOrEqual(2);
  },
);

test("the row of an answer leaves it for the next one, and stands below the log for a notice and for a lost chat", async () => {
  const bars = () =>
    [...el.querySelectorAll(".nbstream-bar")].map((bar) => bar.closest("article")?.ariaLabel ?? "below");
  kernel.write([
    ...QUESTION,
    ...ANSWER,
    text("One."),
    ...ended("done", { at: 3, cost: 0.0022, usage: { output_tokens: 567 } }),
  ]);
  await expect.poll(() => el.querySelector(".nbstream-regenerate")).not.toBeNull();
  expect(bars()).toEqual(["Claude"]);
  kernel.write([
    { op: "turn", id: "t3", role: "user" },
    { op: "turn", id: "t4", role: "assistant" },
    { op: "reply", status: "waiting", at: 20 },
  ]);
  await expect.poll(() => el.querySelectorAll("article").length).toBe(4);
  // An earlier answer keeps its seconds and its price, and shows the others when it is pressed.
  const kept = el.querySelector<HTMLElement>(".nbstream-end > .nbstream-figures");
  expect(kept?.textContent).toBe("3 s · $0.0022");
  expect(kept?.tabIndex).toBe(-1);
  kept?.click();
  expect([kept?.ariaExpanded, kept?.textContent]).toEqual(["true", " · 567 out · 3 s · $0.0022"]);
  expect(bars()).toEqual(["Claude"]);
  expect(el.querySelector("article:last-child [role=status]")?.textContent).toContain("Waiting for Claude…");
  kernel.write([{ op: "notice", message: "chat.json cannot be written." }]);
  await expect.poll(bars).toEqual(["below"]);
  kernel.write([{ op: "notice", message: "" }]);
  await expect.poll(bars).toEqual(["Claude"]);
  kernel.reportLink("kernel_restarted");
  await expect.poll(bars).toEqual(["below"]);
});

test("a failure before the first word is as wide as the answer, below the Edit button", async () => {
  el.style.width = "500px";
  const question = { op: "block", type: "text", data: { in_cell: true } } as const;
  kernel.write([
    { op: "turn", id: "t1", role: "user" },
    question,
    text("Hello"),
    { op: "close" },
    { op: "turn", id: "t2", role: "assistant" },
    { op: "reply", status: "failed", error: "APIConnectionError: Connection error." },
  ]);
  await expect.poll(() => el.querySelector(".nbstream-alert")).not.toBeNull();
  expect(el.querySelector(".nbstream-folded")).not.toBeNull();
  expect(box(".nbstream-alert").width).toBe(box("article[data-role=assistant]").width);
});

test("the row has the mark of a running reply, but not while a call asks", async () => {
  const hasMark = () => {
    const foot = el.querySelector("[aria-busy] > .nbstream-foot");
    return foot && getComputedStyle(foot, "::before").content !== "none";
  };
  kernel.write([...QUESTION, ...ANSWER, text("Let me see.")]);
  await expect.poll(hasMark).toBe(true);
  kernel.write([
    { op: "close" },
    { op: "block", type: "tool_use", data: { id: "c", name: "f" } },
    text("{}"),
    { op: "close" },
    { op: "call", call: "c", state: "asking", at: 1 },
  ]);
  await expect.poll(hasMark).toBe(false);
  kernel.write([{ op: "call", call: "c", state: "running", at: 1 }]);
  await expect.poll(hasMark).toBe(true);
});
