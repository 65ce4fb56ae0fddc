import { afterEach, expect, test } from "vitest";
import type { CallState, Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript, type Turn } from "../../../src/core/transcript.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { CallCard } from "../../../src/view/tool-call/card.ts";
import { TurnView } from "../../../src/view/turns/turn.ts";

let transcript: Transcript;
let announced: string[];
let approved: [string, boolean, boolean][];

function write(...ops: Op[]): Turn {
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

function begin(type = "tool_use", data: object = { id: "c1", name: "plot" }): Turn {
  transcript = newTranscript();
  announced = [];
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

/** Paint the turn, 20 seconds after the kernel's zero. */
function render(turn: Turn): TurnView {
  const environment = { ...DETACHED, announce: (text: string) => announced.push(text) };
  const made = new TurnView(turn, environment, undefined, (...args) => approved.push(args));
  document.body.append(made.element);
  made.paint(turn, (at) => 20 - at);
  return made;
}

function card(of: TurnView): HTMLElement {
  return of.element.querySelector(".nbstream-call") as HTMLElement;
}

function details(of: TurnView): HTMLDetailsElement {
  return card(of).querySelector("details") as HTMLDetailsElement;
}

/** The text of the card's line, wherever it stands. */
function line(of: TurnView): string | null | undefined {
  return card(of).querySelector(".nbstream-call-line")?.textContent;
}

function buttons(of: TurnView): HTMLButtonElement[] {
  return [...card(of).querySelectorAll<HTMLButtonElement>(".nbstream-call-ask button")];
}

afterEach(() => document.body.replaceChildren());

test("a call shows its name, its state and its running time", () => {
  const turn = begin();
  const view = render(turn);
  const paint = (now: number) => view.paint(turn, (at) => now - at);
  expect(line(view)).toBe("plot · Preparing…");
  write({ op: "close", at: 11 });
  const steps: [CallState, string][] = [
    ["asking", 'plot(code="1+1") · Asks to run'],
    ["queued", 'plot(code="1+1") · Waiting for the kernel'],
    ["running", 'plot(code="1+1") · Running… · 4 s'],
  ];
  for (const [state, text] of steps) {
    move(state, 16);
    paint(20.9);
    expect(line(view)).toBe(text);
  }
  for (const [state, text] of [
    ["done", 'plot(code="1+1") · 2.5 s'],
    ["failed", 'plot(code="1+1") · Failed · 2.5 s'],
    ["refused", 'plot(code="1+1") · You refused this · 2.5 s'],
    ["stopped", 'plot(code="1+1") · Stopped · 2.5 s'],
  ] as const) {
    move(state, 18.5);
    paint(30);
    expect(line(view)).toBe(text);
  }
  expect(announced.slice(0, 4)).toEqual([
    "plot: Asks to run",
    "plot: Waiting for the kernel",
    "plot: Running…",
    "plot: Done",
  ]);
});

test("a call that took less than a tenth of a second has no time", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("running", 12);
  const view = render(turn);
  for (const [at, text] of [
    [12.06, 'plot(code="1+1")'],
    [12.2, 'plot(code="1+1") · 0.2 s'],
  ] as const) {
    move("done", at);
    view.paint(turn, () => 0);
    expect(line(view)).toBe(text);
  }
});

test("a state is announced once, and seconds and arguments never", () => {
  const turn = begin();
  const view = render(turn);
  write({ op: "close", at: 11 });
  move("running", 12);
  for (let now = 13; now < 40; now++) view.paint(turn, (at) => now - at);
  expect(announced).toEqual(["plot: Running…"]);
  expect(card(view).getAttribute("aria-live")).toBe("off");
});

test("a server's tool runs from the end of its arguments until its result comes", () => {
  const turn = begin("server_tool_use", { id: "c1", name: "web_search" });
  const view = render(turn);
  expect(line(view)).toBe("web_search · Preparing…");
  write({ op: "close", at: 11 });
  view.paint(turn, (at) => 14.2 - at);
  expect(line(view)).toBe('web_search(code="1+1") · Running… · 3 s');
  write({
    op: "block",
    type: "web_search_tool_result",
    at: 13.25,
    data: { call: "c1", error: "unavailable" },
  });
  write({ op: "close", at: 13.25 });
  view.paint(turn, (at) => 15 - at);
  expect(line(view)).toBe('web_search(code="1+1") · Failed · 2.3 s');
  expect(details(view).open).toBe(true);
});

test("a tool of a server has the server's name too", () => {
  const turn = begin("mcp_tool_use", { id: "c1", name: "read_wiki", server: "deepwiki" });
  expect(line(render(turn))).toBe("read_wiki at deepwiki · Preparing…");
});

test("a call that ran when the reply ended is stopped, and long runs are in minutes", () => {
  const turn = begin();
  write({ op: "close", at: 11 }, { op: "call", call: "c1", state: "running", at: 20 });
  const view = render(turn);
  write({ op: "reply", status: "stopped", at: 200 });
  view.paint(turn, (at) => 999 - at);
  expect(line(view)).toBe('plot(code="1+1") · Stopped · 3 min 0 s');
});

test("in a conversation that was loaded a call has only its name and arguments", () => {
  const turn = begin();
  write({ op: "close" });
  turn.reply = undefined;
  const view = render(turn);
  expect(card(view).textContent).toBe('plot(code="1+1")1+1');
  expect(announced).toEqual([]);
});

test("a call that asks has its buttons beside its line, and the focus stays until one is pressed", () => {
  const turn = begin();
  const box = document.body.appendChild(document.createElement("input"));
  box.focus();
  const view = render(turn);
  write({ op: "close", at: 11 });
  move("asking", 12);
  view.paint(turn, () => 0);
  expect(buttons(view).map((button) => button.textContent)).toEqual(["Run", "Refuse", "Always in this chat"]);
  expect(buttons(view)[0]?.className).toContain("nbstream-primary");
  expect(document.activeElement).toBe(box);
  buttons(view)[0]?.click();
  expect(approved).toEqual([["c1", true, false]]);
  expect(buttons(view)).toEqual([]);
  expect(document.activeElement).toBe(card(view).querySelector("summary"));
  view.paint(turn, () => 0);
  expect(buttons(view)).toEqual([]);
  move("running", 13);
  view.paint(turn, () => 0);
  expect(line(view)).toContain('plot(code="1+1") · Running…');
  expect(details(view).open).toBe(false);
});

test("arguments that the line shows exactly are not shown twice while the call asks", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("asking", 12);
  const view = render(turn);
  expect(details(view).hidden).toBe(true);
  buttons(view)[1]?.click();
  expect(details(view).hidden).toBe(false);
});

test("long arguments are open below the buttons while the call asks, and folded afterwards", () => {
  const turn = begin();
  write({ op: "text", text: " ".repeat(3) }, { op: "close", at: 11 });
  turn.blocks[0]?.parts.splice(0, 9, JSON.stringify({ query: "SELECT * ".repeat(50), limit: 10 }));
  move("asking", 12);
  const view = render(turn);
  expect([details(view).hidden, details(view).open]).toEqual([false, true]);
  const [first] = buttons(view);
  const follows = first?.compareDocumentPosition(details(view)) ?? 0;
  expect(follows & Node.DOCUMENT_POSITION_FOLLOWING).not.toBe(0);
  expect(card(view).querySelector(".nbstream-pane")?.textContent).toContain("SELECT * ".repeat(50));
  move("done", 13);
  view.paint(turn, () => 0);
  expect(details(view).open).toBe(false);
});

test("a call that asks again can be answered again; one whose reply ended cannot", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("asking", 12);
  const view = render(turn);
  buttons(view)[1]?.click();
  expect(approved).toEqual([["c1", false, false]]);
  move("asking", 13);
  view.paint(turn, () => 0);
  expect(buttons(view)).toHaveLength(3);
  write({ op: "reply", status: "stopped", at: 14 });
  view.paint(turn, () => 0);
  expect(buttons(view)).toEqual([]);
});

test("a call that is done shows its result in its line, and one that was refused nothing red", () => {
  const turn = begin();
  write({ op: "close", at: 11 }, { op: "call", call: "c1", state: "done", at: 12 });
  write({ op: "block", type: "tool_result", at: 12, data: { call: "c1", text: "5.7" } }, { op: "close" });
  const view = render(turn);
  expect(line(view)).toBe('plot(code="1+1") → 5.7');
  expect(details(view).open).toBe(false);
  const other = begin();
  write({ op: "close", at: 11 }, { op: "call", call: "c1", state: "refused", at: 12 });
  write(
    {
      op: "block",
      type: "tool_result",
      at: 12,
      data: { call: "c1", error: true, text: "The user refused." },
    },
    { op: "close" },
  );
  const refused = render(other);
  expect(line(refused)).toBe('plot(code="1+1") · You refused this');
  expect(card(refused).querySelector(".nbstream-alert")).toBeNull();
  expect(card(refused).className).not.toContain("nbstream-failed");
});

test("calls that ask at the same time have buttons each", () => {
  const turn = begin();
  write(
    { op: "close", at: 11 },
    { op: "block", type: "tool_use", at: 11, data: { id: "c2", name: "fit" } },
    { op: "close", at: 11 },
    { op: "call", call: "c1", state: "asking", at: 12 },
    { op: "call", call: "c2", state: "asking", at: 12 },
  );
  const view = render(turn);
  const all = [...view.element.querySelectorAll<HTMLButtonElement>(".nbstream-call-ask button")];
  all[4]?.click();
  all[0]?.click();
  expect(approved).toEqual([
    ["c2", false, false],
    ["c1", true, false],
  ]);
});

test("a card opens for a failure and for pictures, and never against the user's choice", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("done", 12);
  const view = render(turn);
  expect(details(view).open).toBe(false);
  write({ op: "block", type: "tool_result", at: 12, data: { call: "c1", images: [{}] } }, { op: "close" });
  view.paint(turn, () => 0);
  expect(details(view).open).toBe(true);
  card(view).querySelector("summary")?.click();
  expect(details(view).open).toBe(false);
  move("failed", 13);
  view.paint(turn, () => 0);
  expect(details(view).open).toBe(false);
  card(view).querySelector("summary")?.click();
  write({ op: "reply", status: "done", at: 14 });
  view.paint(turn, () => 0);
  expect(details(view).open).toBe(true);
});

test("a card that is opened while arguments stream shows the earlier and the new ones", async () => {
  const turn = begin();
  const view = render(turn);
  const arguments_ = () => card(view).querySelector(".nbstream-pane")?.textContent;
  expect(arguments_()).toBe("");
  card(view).querySelector("summary")?.click();
  await expect.poll(arguments_).toBe('{"code":"1+1"}');
  write({ op: "close", at: 11 });
  view.paint(turn, () => 0);
  expect(arguments_()).toBe("1+1");
});

test("invisible characters in a tool's name are shown", () => {
  const turn = begin("tool_use", { id: "c1", name: "plo\u202et" });
  expect(card(render(turn)).querySelector("summary .nbstream-unseen")).not.toBeNull();
});

test("a card without a call is named Result", () => {
  const turn = begin();
  const alone = new CallCard(turn, DETACHED, () => {});
  expect(alone.hasCall).toBe(false);
  expect(alone.element.querySelector("summary")?.textContent).toBe("Result");
});

test("a call that began and ended between two paints is announced only in its final state", () => {
  const turn = begin("server_tool_use", { id: "c1", name: "web_search" });
  write(
    { op: "close", at: 11 },
    { op: "block", type: "web_search_tool_result", at: 12, data: { call: "c1" } },
    { op: "close", at: 12 },
    { op: "reply", status: "done", at: 13 },
  );
  render(turn);
  expect(announced).toEqual(["web_search: Done"]);
});

test("Always in this chat allows the call and says that it is for all calls of the tool", () => {
  const turn = begin();
  write({ op: "close", at: 11 });
  move("asking", 12);
  const view = render(turn);
  const always = buttons(view)[2];
  expect(always?.title).toContain("every further call of this tool");
  always?.click();
  expect(approved).toEqual([["c1", true, true]]);
});
