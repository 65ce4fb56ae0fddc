import { beforeEach, expect, test, vi } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript } from "../../../src/core/transcript.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { paintCost } from "../../../src/view/turns/turn.ts";
import { TurnToolbar } from "../../../src/view/turns/turn-toolbar.ts";
import { Turns } from "../../../src/view/turns/turns.ts";

let box: HTMLElement;
let transcript: Transcript;
let turns: Turns;

beforeEach(() => {
  box = document.createElement("div");
  document.body.replaceChildren(box);
  transcript = newTranscript();
  turns = new Turns(
    box,
    DETACHED,
    () => {},
    () => {},
    { selectVersion: () => {}, edit: () => {} },
  );
});

function write(...ops: Op[]): void {
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
}

function turnOps(id: string, role: "user" | "assistant", after: string, text = id): Op[] {
  const status: Op[] = role === "user" ? [] : [{ op: "reply", status: "done" }];
  return [
    { op: "turn", id, role, after },
    { op: "block", type: "text" },
    { op: "text", text },
    { op: "close" },
    ...status,
  ];
}

function paint(deadlineMs = Number.POSITIVE_INFINITY): number {
  return turns.paint(transcript, 0, deadlineMs, "latest");
}

function visibleTexts(): (string | null)[] {
  return [...box.querySelectorAll(".nbstream-text")].map(({ textContent }) => textContent);
}

test("turns stand in order, and turns of another version leave and come back complete", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"));
  write(...turnOps("u2", "user", "a1"), ...turnOps("a2", "assistant", "u2"));
  paint();
  expect(visibleTexts()).toEqual(["u1", "a1", "u2", "a2"]);
  expect(turns.hasSwitchedVersion).toBe(false);
  const [first] = box.children;
  write(...turnOps("u3", "user", "a1"), ...turnOps("a3", "assistant", "u3"));
  paint();
  expect(visibleTexts()).toEqual(["u1", "a1", "u3", "a3"]);
  expect(turns.hasSwitchedVersion).toBe(true);
  expect(box.querySelectorAll(".nbstream-versions")).toHaveLength(1);
  write({ op: "select_version", turn: "u2" });
  paint();
  expect(visibleTexts()).toEqual(["u1", "a1", "u2", "a2"]);
  expect(box.children[0]).toBe(first);
  expect(paint()).toBe(0);
  expect(turns.hasSwitchedVersion).toBe(false);
});

test("a selection in a turn that stays survives another version below it", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"));
  paint();
  const text = box.querySelector(".nbstream-plain")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, 0, text, 2);
  write(...turnOps("a2", "assistant", "u1"));
  paint();
  expect(visibleTexts()).toEqual(["u1", "a2"]);
  expect(getSelection()?.toString()).toBe("u1");
});

test("a user who steps through versions by keyboard keeps the focus on the steps", () => {
  write(...turnOps("u1", "user", ""));
  for (const id of ["a", "b", "c"]) write(...turnOps(id, "assistant", "u1"));
  paint();
  const focused = () => document.activeElement?.getAttribute("aria-label");
  box.querySelector<HTMLButtonElement>("[aria-label='Previous version']")?.focus();
  write({ op: "select_version", turn: "b" });
  paint();
  expect(focused()).toBe("Previous version");
  write({ op: "select_version", turn: "a" });
  paint();
  expect(focused()).toBe("Next version");
});

test("a user who steps through versions of the first message keeps the focus on its steps", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"), ...turnOps("u2", "user", "a1"));
  write(...turnOps("b1", "user", ""), ...turnOps("b2", "assistant", "b1"), ...turnOps("b3", "user", "b2"));
  paint();
  box.querySelector<HTMLButtonElement>("[aria-label='Previous version']")?.focus();
  write({ op: "select_version", turn: "u1" });
  paint();
  expect(visibleTexts()).toEqual(["u1", "a1", "u2"]);
  const focused = document.activeElement;
  expect(focused?.getAttribute("aria-label")).toBe("Next version");
  expect(focused?.closest("article")?.textContent).toContain("u1");
});

test("what is not begun when the time is over is counted, and begun in its order", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"), ...turnOps("u2", "user", "a1"));
  const cost = (index: number) => paintCost(transcript.turns[index] as (typeof transcript.turns)[number]);
  expect(paint(0)).toBe(cost(0) + cost(1) + cost(2));
  expect(visibleTexts()).toEqual([]);
  expect(paint()).toBe(0);
  expect(visibleTexts()).toEqual(["u1", "a1", "u2"]);
});

/** Write turns in pairs, and return their ids. */
function writeTurns(pairs: number): string[] {
  const ids: string[] = [];
  for (let n = 0; n < pairs; n++) {
    write(...turnOps(`u${n}`, "user", ids.at(-1) ?? ""), ...turnOps(`a${n}`, "assistant", `u${n}`));
    ids.push(`u${n}`, `a${n}`);
  }
  return ids;
}

/** Let each turn take a millisecond of a clock of its own, and paint until this time. */
function paintFor(ms: number): number {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now++);
  const left = paint(ms);
  clock.mockRestore();
  return left;
}

test("a conversation that is opened begins with its last question, and the turns above follow in their order", () => {
  const ids = writeTurns(20);
  const left = paintFor(4);
  const shown = visibleTexts();
  expect(shown.length).toBeGreaterThanOrEqual(2);
  expect(shown.length).toBeLessThan(10);
  expect(shown).toEqual(ids.slice(-shown.length));
  const unseen = transcript.turns.slice(0, -shown.length);
  expect(left).toBe(unseen.reduce((sum, turn) => sum + paintCost(turn), 0));
  for (let n = 0; n < 40 && paintFor(6) > 0; n++)
    expect(visibleTexts()).toEqual(ids.slice(-visibleTexts().length));
  expect(visibleTexts()).toEqual(ids);
  expect(paint()).toBe(0);
});

test("a long turn above is put on the page when it is complete", () => {
  const long = "A line of **prose**.\n\n".repeat(400);
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1", long));
  write(...turnOps("u2", "user", "a1"), ...turnOps("a2", "assistant", "u2"));
  let left = paintFor(8);
  expect(visibleTexts()).toEqual(["u2", "a2"]);
  expect(left).toBeGreaterThan(1_000);
  expect(left).toBeLessThan(long.length + 100);
  while (left > 0) left = paintFor(8);
  expect(visibleTexts()).toEqual(["u1", long.replaceAll(/\*|\n/g, ""), "u2", "a2"]);
});

test("another version of a conversation that is only partly on the page is shown whole", () => {
  writeTurns(10);
  paintFor(4);
  write(...turnOps("b3", "assistant", "u3", "another answer"));
  paint();
  expect(visibleTexts()).toEqual(["u0", "a0", "u1", "a1", "u2", "a2", "u3", "another answer"]);
});

test("one turn that cannot be painted takes no other with it", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"));
  Object.defineProperty(transcript.turns[0]?.blocks[0], "parts", {
    get: () => {
      throw new Error("broken");
    },
  });
  paint();
  expect(visibleTexts().at(-1)).toBe("a1");
  error.mockRestore();
});

test("toolbars are painted when a reply begins and ends, and not with each piece", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"), {
    op: "reply",
    status: "streaming",
  });
  const edit = () => box.querySelector<HTMLButtonElement>(".nbstream-edit")?.disabled;
  const paintToolbar = vi.spyOn(TurnToolbar.prototype, "paint");
  paint();
  expect([edit(), paintToolbar.mock.calls.length]).toEqual([true, 2]);
  write({ op: "block", type: "text" }, { op: "text", text: "more" });
  paint();
  expect(paintToolbar).toHaveBeenCalledTimes(2);
  write({ op: "reply", status: "done" });
  paint();
  expect([edit(), paintToolbar.mock.calls.length]).toEqual([false, 4]);
  paintToolbar.mockRestore();
});

test("only the last reply is prepared, once it is on the page", () => {
  write(...turnOps("u1", "user", ""), ...turnOps("a1", "assistant", "u1"));
  expect(turns.prepare(transcript, 0)).toBe(Number.POSITIVE_INFINITY);
  paint();
  write({ op: "turn", id: "a2", role: "assistant", after: "a1" }, { op: "reply", status: "streaming" });
  paint();
  write({ op: "block", type: "text" }, { op: "text", text: "Another" });
  expect(turns.prepare(transcript, Number.POSITIVE_INFINITY)).toBe(0);
  expect(visibleTexts()).toEqual(["u1", "a1"]);
  paint();
  expect(visibleTexts()).toEqual(["u1", "a1", "Another"]);
});

test("without a reply there is nothing to prepare", () => {
  expect(turns.prepare(transcript, 0)).toBe(Number.POSITIVE_INFINITY);
});
