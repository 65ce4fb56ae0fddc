import { beforeEach, expect, test } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../../src/core/transcript.ts";
import { TurnEnd } from "../../../src/view/turns/turn-end.ts";

let asked: string[][];

beforeEach(() => {
  asked = [];
});

function ended(end: Partial<Op & { op: "reply" }>, text = "Half an ans"): Turn {
  const transcript = newTranscript();
  const ops: Op[] = [
    { op: "turn", id: "t1", role: "assistant" },
    { op: "reply", status: "waiting" },
    ...(text ? ([{ op: "block", type: "text" }, { op: "text", text }, { op: "close" }] as const) : []),
    { op: "reply", status: "failed", ...end },
  ];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

function ending(turn: Turn): TurnEnd {
  const made = new TurnEnd(turn, (...what) => asked.push(what));
  made.paint("latest", () => 0);
  return made;
}

function buttons(of: TurnEnd): HTMLButtonElement[] {
  return [...of.element.querySelectorAll("button")];
}

function names(of: TurnEnd): (string | null)[] {
  return buttons(of).map((button) => button.textContent);
}

function wait(of: TurnEnd): string | null | undefined {
  return of.element.querySelector(".nbstream-wait")?.textContent;
}

test("after a failure the reader may retry, and continue where text has come", () => {
  expect(names(ending(ended({ error: "Gone." })))).toEqual(["Copy", "Continue", "Retry"]);
  expect(names(ending(ended({ error: "Gone." }, "")))).toEqual(["Retry"]);
});

test("after an answer that is whole there is something to copy, and another answer to ask for", () => {
  expect(names(ending(ended({ status: "done", stop_reason: "end_turn" })))).toEqual(["Copy", "Regenerate"]);
});

test("a press asks for this turn", () => {
  const [, onward, retry] = buttons(ending(ended({ error: "Gone." })));
  onward?.click();
  retry?.click();
  expect(asked).toEqual([
    ["continue", "t1"],
    ["retry", "t1"],
  ]);
});

test("what was asked cannot be asked twice, and can again if nobody heard it", () => {
  const made = ending(ended({ error: "Gone." }));
  const disabled = () => buttons(made).map((button) => button.disabled);
  made.paint("asked", () => 0);
  expect(disabled()).toEqual([false, true, true]);
  made.paint("latest", () => 0);
  expect(disabled()).toEqual([false, false, false]);
});

test("an earlier turn can be copied, and no longer asked again", () => {
  const made = ending(ended({ status: "done", stop_reason: "max_tokens", note: "It breaks off here." }));
  expect(made.element.textContent).toContain("Continue goes on from here.");
  made.paint("past", () => 0);
  expect(names(made)).toEqual(["Copy"]);
  expect(made.element.querySelector(".nbstream-note")?.textContent).toBe("It breaks off here.");
});

test.each([
  ["max_tokens", "It ended early. Continue goes on from here."],
  ["abandoned", "It ended early. Continue goes on from here."],
  ["closed", "It ended early. Continue goes on from here."],
  ["user", "It ended early."],
  ["interrupt", "It ended early."],
  ["budget", "It ended early."],
])(
  "an answer that ended by %s shows the kernel's note, and a hint where Continue helps",
  (stop_reason, shown) => {
    const status = stop_reason === "max_tokens" ? "done" : "stopped";
    const made = ending(ended({ status, stop_reason, note: "It ended early." }));
    expect(made.element.querySelector(".nbstream-note")?.textContent).toBe(shown);
    expect(names(made)).toEqual(["Copy", "Continue", "Retry"]);
  },
);

test.each([
  ["refusal", "Claude declined."],
  ["model_context_window_exceeded", "It is full."],
])("where asking again gains nothing (%s) the note explains it", (stop_reason, note) => {
  const made = ending(ended({ status: "done", stop_reason, note }));
  expect(made.element.querySelector(".nbstream-note")?.textContent).toBe(note);
  expect(names(made)).toEqual(["Copy"]);
});

test("nothing is said of going on where there is nothing to go on from", () => {
  const made = ending(ended({ status: "stopped", stop_reason: "abandoned", note: "It was stopped." }, ""));
  expect(made.element.querySelector(".nbstream-note")?.textContent).not.toContain("Continue");
});

test("when the API says how long to wait, the seconds count down beside Retry, which may be pressed before", () => {
  const made = new TurnEnd(ended({ error: "Too many requests.", retry_at: 130 }), () => {});
  const at = (now: number) => made.paint("latest", (time) => now - time);
  at(103.2);
  expect(wait(made)).toBe("Claude asks to wait 27 s");
  expect(made.element.querySelector(".nbstream-wait")?.getAttribute("aria-live")).toBe("off");
  expect(buttons(made).every((button) => !button.disabled)).toBe(true);
  at(129.9);
  expect(wait(made)).toBe("Claude asks to wait 1 s");
  at(130);
  expect(wait(made)).toBe("You can retry now");
});

test("the countdown gives way when the reader has asked, and is none where no clock is known", () => {
  const made = new TurnEnd(ended({ error: "Too many requests.", retry_at: 130 }), () => {});
  made.paint("asked", (time) => 100 - time);
  expect(wait(made)).toBe("");
  made.paint("latest", () => Number.NEGATIVE_INFINITY);
  expect(wait(made)).toBe("");
});

test("an error's text stays text", () => {
  const hostile = "<img src=x onerror=alert(1)>\u202e<button>Retry</button>";
  const made = ending(ended({ error: hostile }, ""));
  expect(made.element.querySelector("[role=alert]")?.textContent).toBe(hostile);
  expect(made.element.querySelector("img")).toBeNull();
  expect(names(made)).toEqual(["Retry"]);
});
