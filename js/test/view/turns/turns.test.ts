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

function said(id: string, role: "user" | "assistant", after: string, text = id): Op[] {
  const status: Op[] = role === "user" ? [] : [{ op: "reply", status: "done" }];
  return [
    { op: "turn", id, role, after },
    { op: "block", type: "text" },
    { op: "text", text },
    { op: "close" },
    ...status,
  ];
}

function paint(until = Number.POSITIVE_INFINITY): number {
  return turns.paint(transcript, 0, until, "latest");
}

function shown(): (string | null)[] {
  return [...box.querySelectorAll(".nbstream-text")].map(({ textContent }) => textContent);
}

test("turns stand in their order, and those of another version leave and come back whole", () => {
  write(...said("u1", "user", ""), ...said("a1", "assistant", "u1"));
  write(...said("u2", "user", "a1"), ...said("a2", "assistant", "u2"));
  paint();
  expect(shown()).toEqual(["u1", "a1", "u2", "a2"]);
  expect(turns.hasSwitchedVersion).toBe(false);
  const [first] = box.children;
  write(...said("u3", "user", "a1"), ...said("a3", "assistant", "u3"));
  paint();
  expect(shown()).toEqual(["u1", "a1", "u3", "a3"]);
  expect(turns.hasSwitchedVersion).toBe(true);
  expect(box.querySelectorAll(".nbstream-versions")).toHaveLength(1);
  write({ op: "select_version", turn: "u2" });
  paint();
  expect(shown()).toEqual(["u1", "a1", "u2", "a2"]);
  expect(box.children[0]).toBe(first);
  expect(paint()).toBe(0);
  expect(turns.hasSwitchedVersion).toBe(false);
});

test("a selection in a turn that stays survives another version below it", () => {
  write(...said("u1", "user", ""), ...said("a1", "assistant", "u1"));
  paint();
  const text = box.querySelector(".nbstream-plain")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, 0, text, 2);
  write(...said("a2", "assistant", "u1"));
  paint();
  expect(shown()).toEqual(["u1", "a2"]);
  expect(getSelection()?.toString()).toBe("u1");
});

test("who goes through the versions by keyboard can go on", () => {
  write(...said("u1", "user", ""));
  for (const id of ["a", "b", "c"]) write(...said(id, "assistant", "u1"));
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

test("what is not begun when the time is over is counted, and begun in its order", () => {
  write(...said("u1", "user", ""), ...said("a1", "assistant", "u1"), ...said("u2", "user", "a1"));
  const weight = (index: number) => paintCost(transcript.turns[index] as (typeof transcript.turns)[number]);
  expect(paint(0)).toBe(weight(0) + weight(1) + weight(2));
  expect(shown()).toEqual([]);
  expect(paint()).toBe(0);
  expect(shown()).toEqual(["u1", "a1", "u2"]);
});

test("one turn that cannot be painted takes no other with it", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  write(...said("u1", "user", ""), ...said("a1", "assistant", "u1"));
  Object.defineProperty(transcript.turns[0]?.blocks[0], "parts", {
    get: () => {
      throw new Error("broken");
    },
  });
  paint();
  expect(shown().at(-1)).toBe("a1");
  error.mockRestore();
});

test("the tools of all turns are told when a reply begins and ends, and not of each piece of it", () => {
  write(...said("u1", "user", ""), ...said("a1", "assistant", "u1"), { op: "reply", status: "streaming" });
  const edit = () => box.querySelector<HTMLButtonElement>(".nbstream-edit")?.disabled;
  const told = vi.spyOn(TurnToolbar.prototype, "paint");
  paint();
  expect([edit(), told.mock.calls.length]).toEqual([true, 2]);
  write({ op: "block", type: "text" }, { op: "text", text: "more" });
  paint();
  expect(told).toHaveBeenCalledTimes(2);
  write({ op: "reply", status: "done" });
  paint();
  expect([edit(), told.mock.calls.length]).toEqual([false, 4]);
  told.mockRestore();
});
