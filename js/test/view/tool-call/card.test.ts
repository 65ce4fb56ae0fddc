import { afterEach, expect, test } from "vitest";
import type { CallState, Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript, type Turn } from "../../../src/core/transcript.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { CallCard } from "../../../src/view/tool-call/card.ts";
import { TurnView } from "../../../src/view/turns/turn.ts";

let transcript: Transcript;
let said: string[];
let approved: [string, boolean][];

function write(...ops: Op[]): Turn {
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

function begin(type = "tool_use", data: object = { id: "c1", name: "plot" }): Turn {
  transcript = newTranscript();
  said = [];
  approved = [];
  return write(
    { op: "turn", id: "t1", role: "assistant" },
    { op: "reply", status: "streaming", at: 5 },
    { op: "block", type, at: 10, data: { ...data } },
    { op: "text", text: '{"code":"1+1"}' },
  );
}

function move(state: CallState, at: number): Turn {
  return write({ op: "call", call: "c1", state, at });
}

/** The turn as it is shown now. */
function view(turn: Turn): TurnView {
  const environment = { ...DETACHED, announce: (text: string) => said.push(text) };
  const made = new TurnView(turn, environment, undefined, (...what) => approved.push(what));
  document.body.append(made.element);
  made.paint(turn, (at) => 20 - at);
  return made;
}

function card(of: TurnView): HTMLDetailsElement {
  return of.element.querySelector(".nbstream-call") as HTMLDetailsElement;
}

function summary(of: TurnView): string | null | undefined {
  return card(of).querySelector("summary")?.textContent;
}

function buttons(of: TurnView): HTMLButtonElement[] {
  return [...card(of).querySelectorAll("button")];
}

afterEach(() => document.body.replaceChildren());

test("a call says its name, how it stands, and how long it runs and ran", () => {
  const turn = begin();
  const shown = view(turn);
  const paint = (now: number) => shown.paint(turn, (at) => now - at);
  expect(summary(shown)).toBe("plot · Preparing…");
  write({ op: "close", at: 11 });
  const steps: [CallState, string][] = [
    ["asking", "plot · Asks to run"],
    ["queued", "plot · Waiting for the kernel"],
    ["running", "plot · Running… · 4 s"],
  ];
  for (const [state, text] of steps) {
    move(state, 16);
    paint(20.9);
    expect(summary(shown)).toBe(text);
  }
  for (const [state, text] of [
    ["done", "plot · Done · 2.5 s"],
    ["failed", "plot · Failed · 2.5 s"],
    ["refused", "plot · Refused · 2.5 s"],
    ["stopped", "plot · Stopped · 2.5 s"],
  ] as const) {
    move(state, 18.5);
    paint(30);
    expect(summary(shown)).toBe(text);
  }
  expect(said.slice(0, 4)).toEqual([
    "plot: Asks to run",
    "plot: Waiting for the kernel",
    "plot: Running…",
    "plot: Done",
  ]);
});

test("its state is said once, and the seconds and arguments not at all", () => {
  const turn = begin();
  const shown = view(turn);
  write({ op: "close", at: 11 });
  move("running", 12);
  for (let now = 13; now < 40; now++) shown.paint(turn, (at) => now - at);
  expect(said).toEqual(["plot: Running…"]);
  expect(card(shown).getAttribute("aria-live")).toBe("off");
});

test("a server's tool runs from the end of its arguments until its result comes", () => {
  const turn = begin("server_tool_use", { id: "c1", name: "web_search" });
  const shown = view(turn);
  expect(summary(shown)).toBe("web_search · Preparing…");
  write({ op: "close", at: 11 });
  shown.paint(turn, (at) => 14.2 - at);
  expect(summary(shown)).toBe("web_search · Running… · 3 s");
  write({
    op: "block",
    type: "web_search_tool_result",
    at: 13.25,
    data: { call: "c1", error: "unavailable" },
  });
  write({ op: "close", at: 13.25 });
  shown.paint(turn, (at) => 15 - at);
  expect(summary(shown)).toBe("web_search · Failed · 2.3 s");
  expect(card(shown).open).toBe(true);
});

test("a tool behind a server has the server's name too", () => {
  const turn = begin("mcp_tool_use", { id: "c1", name: "read_wiki", server: "deepwiki" });
  expect(summary(view(turn))).toBe("read_wiki at deepwiki · Preparing…");
});

test("what ran when the reply ended was stopped with it, and long runs are in minutes", () => {
  const turn = begin();
  write({ op: "close", at: 11 }, { op: "call", call: "c1", state: "running", at: 20 });
  const shown = view(turn);
  write({ op: "reply", status: "stopped", at: 200 });
  shown.paint(turn, (at) => 999 - at);
  expect(summary(shown)).toBe("plot · Stopped · 3 min 0 s");
});

test("of a conversation gone on with, a call has its name and arguments alone", () => {
  const turn = begin();
  write({ op: "close" });
  turn.reply = undefined;
  const shown = view(turn);
  expect(card(shown).textContent).toBe("plot1+1");
  expect(said).toEqual([]);
});

test("while it asks it is open, with buttons that say what is done; the focus stays where it is", () => {
  const turn = begin();
  const box = document.body.appendChild(document.createElement("input"));
  box.focus();
  const shown = view(turn);
  write({ op: "close", at: 11 });
  move("asking", 12);
  shown.paint(turn, () => 0);
  expect(card(shown).open).toBe(true);
  expect(buttons(shown).map((button) => button.textContent)).toEqual(["Run", "Refuse"]);
  expect(document.activeElement).toBe(box);
  buttons(shown)[0]?.click();
  expect(approved).toEqual([["c1", true]]);
  expect(buttons(shown).every((button) => button.disabled)).toBe(true);
  expect(document.activeElement).toBe(card(shown).querySelector("summary"));
  shown.paint(turn, () => 0);
  buttons(shown)[1]?.click();
  expect(approved).toHaveLength(1);
  move("running", 13);
  shown.paint(turn, () => 0);
  expect(buttons(shown)).toEqual([]);
  expect(card(shown).open).toBe(true);
});

test("a call that asks again can be answered again; one whose reply ended cannot", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("asking", 12);
  const shown = view(turn);
  buttons(shown)[1]?.click();
  expect(approved).toEqual([["c1", false]]);
  move("asking", 13);
  shown.paint(turn, () => 0);
  expect(buttons(shown).some((button) => button.disabled)).toBe(false);
  write({ op: "reply", status: "stopped", at: 14 });
  shown.paint(turn, () => 0);
  expect(buttons(shown)).toEqual([]);
});

test("calls that ask at the same time each have their buttons", () => {
  const turn = begin();
  write(
    { op: "close", at: 11 },
    { op: "block", type: "tool_use", at: 11, data: { id: "c2", name: "fit" } },
    { op: "close", at: 11 },
    { op: "call", call: "c1", state: "asking", at: 12 },
    { op: "call", call: "c2", state: "asking", at: 12 },
  );
  const shown = view(turn);
  const all = [...shown.element.querySelectorAll<HTMLButtonElement>(".nbstream-call-ask button")];
  all[3]?.click();
  all[0]?.click();
  expect(approved).toEqual([
    ["c2", false],
    ["c1", true],
  ]);
});

test("a card is closed, but for what failed and for pictures, and never under its reader", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("done", 12);
  const shown = view(turn);
  expect(card(shown).open).toBe(false);
  write({ op: "block", type: "tool_result", at: 12, data: { call: "c1", images: [{}] } }, { op: "close" });
  shown.paint(turn, () => 0);
  expect(card(shown).open).toBe(true);
  card(shown).querySelector("summary")?.click();
  expect(card(shown).open).toBe(false);
  move("failed", 13);
  shown.paint(turn, () => 0);
  expect(card(shown).open).toBe(false);
  card(shown).querySelector("summary")?.click();
  write({ op: "reply", status: "done", at: 14 });
  shown.paint(turn, () => 0);
  expect(card(shown).open).toBe(true);
});

test("opened while its arguments come, it shows those that came and that come", async () => {
  const turn = begin();
  const shown = view(turn);
  const arguments_ = () => card(shown).querySelector(".nbstream-pane")?.textContent;
  expect(arguments_()).toBe("");
  card(shown).querySelector("summary")?.click();
  await expect.poll(arguments_).toBe('{"code":"1+1"}');
  write({ op: "close", at: 11 });
  shown.paint(turn, () => 0);
  expect(arguments_()).toBe("1+1");
});

test("a name with what cannot be seen in it shows that it has", () => {
  const turn = begin("tool_use", { id: "c1", name: "plo\u202et" });
  expect(card(view(turn)).querySelector("summary .nbstream-unseen")).not.toBeNull();
});

test("a card of a result alone has no name but that", () => {
  const turn = begin();
  const alone = new CallCard(turn, DETACHED, () => {});
  expect(alone.hasCall).toBe(false);
  expect(alone.element.querySelector("summary")?.textContent).toBe("Result");
});

test("what began and ended unseen is told as it stands, and not as it stood", () => {
  const turn = begin("server_tool_use", { id: "c1", name: "web_search" });
  write(
    { op: "close", at: 11 },
    { op: "block", type: "web_search_tool_result", at: 12, data: { call: "c1" } },
    { op: "close", at: 12 },
    { op: "reply", status: "done", at: 13 },
  );
  view(turn);
  expect(said).toEqual(["web_search: Done"]);
});
