import { beforeEach, expect, test } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../../src/core/transcript.ts";
import { TurnEnd } from "../../../src/view/turns/turn-end.ts";

let asked: string[][];

beforeEach(() => {
  asked = [];
});

function endedTurn(end: Partial<Op & { op: "reply" }>, text = "Half an ans"): Turn {
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

function renderEnd(turn: Turn): TurnEnd {
  const made = new TurnEnd(turn, (...args) => asked.push(args));
  made.paint("latest", () => 0);
  return made;
}

function buttons(of: TurnEnd): HTMLButtonElement[] {
  return [...of.element.querySelectorAll("button")];
}

function names(of: TurnEnd): (string | null)[] {
  return buttons(of).map((button) => button.textContent);
}

function countdown(of: TurnEnd): string | null | undefined {
  return of.element.querySelector(".nbstream-wait")?.textContent;
}

test("after a failure the user may retry, and continue where text has come", () => {
  expect(names(renderEnd(endedTurn({ error: "Gone." })))).toEqual(["Copy", "Continue", "Retry"]);
  expect(names(renderEnd(endedTurn({ error: "Gone." }, "")))).toEqual(["Retry"]);
});

test("a question that is left out is said to be so below the error, with Retry while it is the latest", () => {
  const made = renderEnd(
    endedTurn({ error: "Refused.", note: "Your message is left out.", is_left_out: true }, ""),
  );
  expect(made.element.querySelector("[role=alert]")?.textContent).toBe("Refused.");
  const note = made.element.querySelector(".nbstream-note");
  expect(note?.textContent).toBe("Your message is left out. Retry sends it again.");
  expect(names(made)).toEqual(["Retry"]);
  made.paint("past", () => 0);
  expect(note?.textContent).toBe("Your message is left out.");
});

test("a complete answer can be copied and regenerated", () => {
  expect(names(renderEnd(endedTurn({ status: "done", stop_reason: "end_turn" })))).toEqual([
    "Copy",
    "Regenerate",
  ]);
});

test("a button requests its action for this turn", () => {
  const [, onward, retry] = buttons(renderEnd(endedTurn({ error: "Gone." })));
  onward?.click();
  retry?.click();
  expect(asked).toEqual([
    ["continue", "t1"],
    ["retry", "t1"],
  ]);
});

test("buttons are disabled while an action is pending, and enabled if it was lost", () => {
  const made = renderEnd(endedTurn({ error: "Gone." }));
  const disabled = () => buttons(made).map((button) => button.disabled);
  made.paint("asked", () => 0);
  expect(disabled()).toEqual([false, true, true]);
  made.paint("latest", () => 0);
  expect(disabled()).toEqual([false, false, false]);
});

test("while the chat is lost, its reply offers no action beside the offer to continue elsewhere", () => {
  const made = renderEnd(
    endedTurn({ status: "stopped", stop_reason: "restarted", note: "A restart cut the answer off here." }),
  );
  const shown = () => buttons(made).map((button) => !button.hidden && !button.disabled);
  const note = () => made.element.querySelector<HTMLElement>(".nbstream-note span");
  made.paint("lost", () => 0);
  expect([shown(), note()?.hidden]).toEqual([[true, false, false], true]);
  made.paint("latest", () => 0);
  expect([shown(), note()?.hidden]).toEqual([[true, true, true], false]);
});

test("an earlier turn can be copied, and has no actions", () => {
  const made = renderEnd(
    endedTurn({ status: "done", stop_reason: "max_tokens", note: "It breaks off here." }),
  );
  expect(made.element.textContent).toContain("Continue goes on from here.");
  made.paint("past", () => 0);
  expect(names(made)).toEqual(["Copy", "0 s"]);
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
  (stop_reason, hint) => {
    const status = stop_reason === "max_tokens" ? "done" : "stopped";
    const made = renderEnd(endedTurn({ status, stop_reason, note: "It ended early." }));
    expect(made.element.querySelector(".nbstream-note")?.textContent).toBe(hint);
    expect(names(made)).toEqual(["Copy", "Continue", "Retry"]);
  },
);

test.each([
  ["refusal", "Claude declined."],
  ["model_context_window_exceeded", "It is full."],
])("an end that a retry cannot repair (%s) has only its note", (stop_reason, note) => {
  const made = renderEnd(endedTurn({ status: "done", stop_reason, note }));
  expect(made.element.querySelector(".nbstream-note")?.textContent).toBe(note);
  expect(names(made)).toEqual(["Copy"]);
});

test("without text the note does not mention Continue", () => {
  const made = renderEnd(
    endedTurn({ status: "stopped", stop_reason: "abandoned", note: "It was stopped." }, ""),
  );
  expect(made.element.querySelector(".nbstream-note")?.textContent).not.toContain("Continue");
});

test("a wait that the API requests counts down beside Retry, which may be pressed earlier", () => {
  const made = new TurnEnd(endedTurn({ error: "Too many requests.", retry_at: 130 }), () => {});
  const at = (now: number) => made.paint("latest", (time) => now - time);
  at(103.2);
  expect(countdown(made)).toBe("Claude asks to wait 27 s");
  expect(made.element.querySelector(".nbstream-wait")?.getAttribute("aria-live")).toBe("off");
  expect(buttons(made).every((button) => !button.disabled)).toBe(true);
  at(129.9);
  expect(countdown(made)).toBe("Claude asks to wait 1 s");
  at(130);
  expect(countdown(made)).toBe("You can retry now");
});

test("the countdown is hidden while an action is pending, and where no clock is known", () => {
  const made = new TurnEnd(endedTurn({ error: "Too many requests.", retry_at: 130 }), () => {});
  made.paint("asked", (time) => 100 - time);
  expect(countdown(made)).toBe("");
  made.paint("latest", () => Number.NEGATIVE_INFINITY);
  expect(countdown(made)).toBe("");
});

test("an error's text stays text", () => {
  const hostile = "<img src=x onerror=alert(1)>\u202e<button>Retry</button>";
  const made = renderEnd(endedTurn({ error: hostile }, ""));
  expect(made.element.querySelector("[role=alert]")?.textContent).toBe(hostile);
  expect(made.element.querySelector("img")).toBeNull();
  expect(names(made)).toEqual(["Retry"]);
});

test("the copy button's name says that it copies the answer", () => {
  const [copy] = buttons(renderEnd(endedTurn({ status: "done" })));
  expect(copy?.getAttribute("aria-label")).toBe("Copy answer");
  expect(copy?.textContent).toBe("Copy");
});

test("an answer that has filled the context window offers a new chat with a summary", () => {
  const made = renderEnd(endedTurn({ status: "done", note: "It is full.", cause: "context_full" }));
  expect(made.element.querySelector("p")?.textContent).toBe(
    "It is full. A new chat can begin with a summary of it.",
  );
  const press = buttons(made).find(({ textContent }) => textContent === "New chat with a summary");
  press?.click();
  expect(asked).toEqual([["summarize", "t1"]]);
});
