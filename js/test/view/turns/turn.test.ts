import { expect, test, vi } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../../src/core/transcript.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { paintCost, TurnView } from "../../../src/view/turns/turn.ts";
import { PIXEL } from "../payloads.ts";

function turn(ops: Op[]): Turn {
  const transcript = newTranscript();
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

/** Apply ops that come later. */
function more(grown: Turn, ops: Op[]): void {
  apply(
    { ...newTranscript(), turns: [grown], skew: 0 },
    { v: 1, kind: "update", base: 0, seq: ops.length, ops },
    0,
  );
}

function block(type: string, text: string): Op[] {
  return [{ op: "block", type }, { op: "text", text }, { op: "close" }];
}

function button(view: TurnView, name: string): HTMLButtonElement | undefined {
  return [...view.element.querySelectorAll("button")].find((one) => one.textContent === name);
}

const WAITING: Op = { op: "reply", status: "waiting" };
const STOPPED: Op = { op: "reply", status: "stopped", stop_reason: "user" };

const ASKED: Op[] = [
  { op: "turn", id: "t1", role: "assistant" },
  { op: "reply", status: "waiting" },
];

test("an article names its speaker and is busy while it grows", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "Hi" }]);
  const view = new TurnView(growing);
  view.paint(growing, () => 0);
  expect(view.element.tagName).toBe("ARTICLE");
  expect(view.element.getAttribute("aria-label")).toBe("Claude");
  expect(view.element.hasAttribute("aria-busy")).toBe(true);
  const user = turn([{ op: "turn", id: "t0", role: "user" }]);
  expect(new TurnView(user).element.dataset.role).toBe("user");
});

test("a turn of the system is shown as its own, with plain text", () => {
  const system = turn([{ op: "turn", id: "t0", role: "system" }, ...block("text", "Be **brief**")]);
  const view = new TurnView(system);
  view.paint(system, () => 0);
  expect([view.element.dataset.role, view.element.getAttribute("aria-label")]).toEqual(["system", "System"]);
  expect(view.element.textContent).toBe("Be **brief**");
});

test("a finished article is never touched again", () => {
  const done = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "Hi" }, { op: "close" }]);
  const view = new TurnView(done);
  done.reply = {
    ...(done.reply as NonNullable<Turn["reply"]>),
    status: "done",
    ended: 1,
    stopReason: "end_turn",
  };
  view.paint(done, () => 0);
  const html = view.element.outerHTML;
  done.blocks[0]?.parts.push(" again");
  view.paint(done, () => 0);
  expect(view.element.outerHTML).toBe(html);
  expect(view.element.hasAttribute("aria-busy")).toBe(false);
});

test("a block of an unknown type is shown with its name and data", () => {
  const odd = turn([
    ...ASKED,
    { op: "block", type: "hologram", data: { json: '{"depth": 3}' } },
    { op: "text", text: "…" },
  ]);
  const view = new TurnView(odd);
  view.paint(odd, () => 0);
  expect(view.element.querySelector("details:not([open]) > summary")?.textContent).toBe("hologram");
  expect(view.element.querySelector(".nbstream-pane")?.textContent).toBe('{"depth": 3}…');
});

test("thinking shows its seconds only when it is over", () => {
  const thinking = turn([...ASKED, { op: "block", type: "thinking", at: 5 }]);
  const view = new TurnView(thinking);
  view.paint(thinking, () => 3);
  expect(view.element.querySelector("summary")?.textContent).toBe("Thinking…");
  const block = thinking.blocks[0];
  if (block) block.closedAt = 5.2;
  view.paint(thinking, () => 99);
  expect(view.element.querySelector("summary")?.textContent).toBe("Thought for 1 s");
});

test("an answer is Markdown, and a message is shown as it was typed", () => {
  const answer = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "**Hi**" }]);
  const view = new TurnView(answer);
  view.paint(answer, () => 0);
  expect(view.element.querySelector("strong")?.textContent).toBe("Hi");
  const asked = turn([
    { op: "turn", id: "t0", role: "user" },
    { op: "block", type: "text" },
    { op: "text", text: "**Hi**\n  there" },
  ]);
  const question = new TurnView(asked);
  question.paint(asked, () => 0);
  expect(question.element.querySelector(".nbstream-text")?.textContent).toBe("**Hi**\n  there");
});

test("a finished answer can be copied as the Markdown that came", async () => {
  const parts = ["# Ti", "tle\r\n\n* a\u202e", "\n\n[x]: y  "];
  const done = turn([
    ...ASKED,
    { op: "block", type: "thinking" },
    { op: "text", text: "Hm." },
    { op: "close" },
    { op: "block", type: "text" },
    ...parts.map((text) => ({ op: "text", text }) as const),
    { op: "close" },
  ]);
  const view = new TurnView(done);
  view.paint(done, () => 0);
  expect(view.element.querySelector(".nbstream-actions")).toBeNull();
  done.reply = { ...(done.reply as NonNullable<Turn["reply"]>), status: "done" };
  view.paint(done, () => 0);
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  view.element.querySelector<HTMLButtonElement>(".nbstream-actions button")?.click();
  await expect.poll(() => write.mock.calls).toEqual([[parts.join("")]]);
  write.mockRestore();
});

test("held-back text shows when another block follows or the reply ends", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "a\n\n-" }]);
  const view = new TurnView(growing);
  view.paint(growing, () => 0);
  expect(view.element.querySelector("li")).toBeNull();
  more(growing, [{ op: "close" }, { op: "block", type: "thinking" }]);
  view.paint(growing, () => 0);
  expect(view.element.querySelector("li")).not.toBeNull();
});

test("an answer is not a live region", () => {
  const said: string[] = [];
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "One.\n\nTw" }]);
  const view = new TurnView(growing, { ...DETACHED, announce: (text) => said.push(text) });
  view.paint(growing, () => 0);
  expect(view.element.querySelector(".nbstream-text")?.getAttribute("aria-live")).toBe("off");
  expect(said).toEqual(["One."]);
});

test("a continued reply is busy again, and its end is removed", () => {
  const broken = turn([...ASKED, ...block("text", "Hi"), { op: "reply", status: "failed", error: "Gone." }]);
  const view = new TurnView(broken);
  view.paint(broken, () => 0);
  expect(view.element.querySelector("[role=alert]")?.textContent).toBe("Gone.");
  more(broken, [WAITING]);
  view.paint(broken, () => 0);
  expect(view.element.querySelector(".nbstream-end")).toBeNull();
  expect(view.element.hasAttribute("aria-busy")).toBe(true);
  expect(view.element.textContent).toBe("Hi");
  more(broken, [{ op: "reply", status: "done", stop_reason: "end_turn" }]);
  view.paint(broken, () => 0);
  expect(view.element.hasAttribute("aria-busy")).toBe(false);
  expect(view.element.querySelector("[role=alert]")).toBeNull();
  expect(button(view, "Copy")).toBeDefined();
});

test("a reply that was continued and ended between two paints shows only its new end", () => {
  const broken = turn([...ASKED, ...block("text", "Hi"), { op: "reply", status: "failed", error: "Gone." }]);
  const view = new TurnView(broken);
  view.paint(broken, () => 0);
  more(broken, [WAITING, { op: "reply", status: "failed", error: "Gone again." }]);
  view.paint(broken, () => 0);
  const alerts = [...view.element.querySelectorAll("[role=alert]")].map((alert) => alert.textContent);
  expect(alerts).toEqual(["Gone again."]);
});

test("an unfinished fence goes on as code when the reply is continued, with thinking in between", async () => {
  const cut = turn([...ASKED, ...block("text", "```python\nx = 1\n"), STOPPED]);
  const view = new TurnView(cut);
  view.paint(cut, () => 0);
  more(cut, [WAITING, ...block("thinking", "Where was I?")]);
  view.paint(cut, () => 0);
  more(cut, block("text", "y = 2\n```\n\nAfter."));
  view.paint(cut, () => 0);
  const kinds = [...view.element.querySelectorAll(".nbstream-text, .nbstream-thinking")];
  expect(kinds.map((kind) => kind.className)).toEqual(["nbstream-text", "nbstream-thinking"]);
  expect(view.element.querySelector("code")?.textContent).toBe("x = 1\ny = 2\n");
  expect(view.element.querySelector("p")?.textContent).toBe("After.");
  more(cut, [{ op: "reply", status: "done" }]);
  view.paint(cut, () => 0);
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  view.element.querySelector<HTMLButtonElement>(".nbstream-actions button")?.click();
  await expect.poll(() => write.mock.calls).toEqual([["```python\nx = 1\ny = 2\n```\n\nAfter."]]);
  write.mockRestore();
});

test("a retried reply keeps what came until the new answer begins", () => {
  const broken = turn([...ASKED, ...block("text", "Old"), { op: "reply", status: "failed", error: "Gone." }]);
  const view = new TurnView(broken);
  view.paint(broken, () => 0);
  more(broken, [WAITING]);
  view.paint(broken, () => 0);
  expect(view.element.textContent).toBe("Old");
  more(broken, [{ op: "drop" }, ...block("text", "New"), { op: "reply", status: "done" }]);
  view.paint(broken, () => 0);
  expect(view.element.querySelector(".nbstream-content")?.textContent).toBe("New");
});

test("adjacent texts make one document, and no node is made twice", () => {
  const cited = turn([...ASKED, ...block("text", "A *cited")]);
  const view = new TurnView(cited);
  view.paint(cited, () => 0);
  const paragraph = view.element.querySelector("p");
  more(cited, block("text", "* claim."));
  view.paint(cited, () => 0);
  expect(view.element.querySelectorAll(".nbstream-text")).toHaveLength(1);
  expect(view.element.querySelector("p")).toBe(paragraph);
  expect(view.element.querySelector("em")?.textContent).toBe("cited");
});

test("a text with any cuts, stops and thinking gives the same document as the whole text", () => {
  const text = "# T\n\nSome **bold**.\n\n~~~py\nx = 1\n\n# y\n~~~\n\n- a\n- b\n\n| c |\n|---|\n| d |\n";
  const whole = turn([...ASKED, ...block("text", text), { op: "reply", status: "done" }]);
  const expected = new TurnView(whole);
  expected.paint(whole, () => 0);
  for (let cut = 1; cut < text.length - 3; cut++) {
    const grown = turn([...ASKED, ...block("text", text.slice(0, cut))]);
    const view = new TurnView(grown);
    if (cut % 2) view.paint(grown, () => 0);
    more(grown, [STOPPED]);
    if (cut % 3) view.paint(grown, () => 0);
    more(grown, [WAITING, ...block("thinking", "Hm."), ...block("text", text.slice(cut, cut + 2))]);
    view.paint(grown, () => 0);
    more(grown, [STOPPED, WAITING, ...block("text", text.slice(cut + 2)), { op: "reply", status: "done" }]);
    view.paint(grown, () => 0);
    const [actual, wanted] = [view, expected].map((one) => one.element.querySelector(".nbstream-text"));
    expect(actual?.innerHTML).toBe(wanted?.innerHTML);
  }
});

function call(id: string, name = "plot", type = "tool_use"): Op[] {
  return [
    { op: "block", type, at: 10, data: { id, name } },
    { op: "text", text: '{"n": 3}' },
    { op: "close", at: 11 },
  ];
}

function result(id: string, data: object, type = "tool_result"): Op[] {
  return [
    { op: "block", type, at: 14, data: { call: id, ...data } },
    { op: "close", at: 14 },
  ];
}

function cards(view: TurnView): (string | null)[] {
  return [...view.element.querySelectorAll(".nbstream-call")].map((card) => card.textContent);
}

test("a result stands in the card of its call, wherever it comes in the turn", () => {
  const grown = turn([
    ...ASKED,
    ...result("c2", { text: "early" }),
    ...call("c1"),
    ...block("text", "Meanwhile."),
    ...call("c2", "fit"),
    ...result("c1", { text: "drawn" }),
  ]);
  const view = new TurnView(grown);
  view.paint(grown, () => 0);
  expect(cards(view)).toEqual([
    'fit(n=3) → early · 3.0 s{\n  "n": 3\n}early',
    'plot(n=3) → drawn · 3.0 s{\n  "n": 3\n}drawn',
  ]);
  expect(view.element.querySelector(".nbstream-markdown")?.textContent).toBe("Meanwhile.");
});

test("a result without a call, and calls that share an id or have none, get cards of their own", () => {
  const odd = turn([
    ...ASKED,
    ...result("nowhere", { text: "lost" }),
    ...call("c1", "a"),
    ...call("c1", "b"),
    ...result("c1", { text: "of the later" }),
    { op: "block", type: "tool_use", data: { id: 7, name: null } },
    { op: "block", type: "tool_result", data: { call: [] } },
    { op: "close" },
  ]);
  const view = new TurnView(odd);
  view.paint(odd, () => 0);
  const names = [...view.element.querySelectorAll(".nbstream-call-name")].map((name) => name.textContent);
  expect(names).toEqual(["Result", "a", "b", "A tool", "Result"]);
  expect(cards(view)[2]).toContain("of the later");
});

test("cards are added one by one, and no node is made twice", () => {
  const grown = turn([...ASKED, ...call("c1")]);
  const view = new TurnView(grown);
  view.paint(grown, () => 0);
  const card = view.element.querySelector(".nbstream-call");
  const pane = view.element.querySelector(".nbstream-pane");
  more(grown, [{ op: "call", call: "c1", state: "running", at: 12 }, ...call("c2")]);
  view.paint(grown, () => 1);
  more(grown, [...result("c1", { text: "drawn" }), { op: "call", call: "c1", state: "done", at: 13 }]);
  more(grown, [...block("text", "So."), { op: "reply", status: "done", at: 20 }]);
  view.paint(grown, () => 2);
  expect(view.element.querySelector(".nbstream-call")).toBe(card);
  expect(view.element.querySelector(".nbstream-pane")).toBe(pane);
  expect(cards(view)[0]).toContain("plot(n=3) → drawn · 1.0 s");
  expect(cards(view)[1]).toContain("plot(n=3) · Stopped");
});

test("the images of a question stand in a row above its text, those of an answer where they come", () => {
  const image: Op[] = [
    { op: "block", type: "image", data: { name: "a.png", media_type: "image/png", data: PIXEL } },
    { op: "close" },
  ];
  const asked = turn([{ op: "turn", id: "t0", role: "user" }, ...block("text", "What?"), ...image, ...image]);
  const question = new TurnView(asked);
  question.paint(asked, () => 0);
  const kinds = (view: TurnView) =>
    [...(view.element.querySelector(".nbstream-content")?.children ?? [])].map(({ className }) => className);
  expect(kinds(question)).toEqual(["nbstream-media-row", "nbstream-text"]);
  expect(question.element.querySelectorAll(".nbstream-media-row img")).toHaveLength(2);
  const answered = turn([...ASKED, ...image, ...image, ...block("text", "There."), ...image]);
  const answer = new TurnView(answered);
  answer.paint(answered, () => 0);
  expect(kinds(answer)).toEqual(["nbstream-media-row", "nbstream-text", "nbstream-media-row"]);
});

test("encrypted thinking has a note", () => {
  const hidden = turn([...ASKED, { op: "block", type: "redacted_thinking" }, { op: "close" }]);
  const view = new TurnView(hidden);
  view.paint(hidden, () => 0);
  expect(view.element.textContent).toBe("Some of the thinking is encrypted.");
});

test("cited sources are listed at the end of the reply, and again after a continued reply", () => {
  const cited = { title: "A", url: "https://a.example/" };
  const ops: Op[] = [
    { op: "block", type: "text" },
    { op: "text", text: "Grass is green." },
    { op: "close", data: { citations: [cited] } },
  ];
  const grown = turn([...ASKED, ...ops]);
  const view = new TurnView(grown);
  view.paint(grown, () => 0);
  expect(view.element.querySelector("section")?.hidden ?? true).toBe(true);
  more(grown, [STOPPED]);
  view.paint(grown, () => 0);
  expect(view.element.querySelectorAll("section.nbstream-sources li")).toHaveLength(1);
  more(grown, [WAITING]);
  view.paint(grown, () => 0);
  expect(view.element.querySelector("section.nbstream-sources")).toBeNull();
});

test("later text of a turn without a reply is shown too", () => {
  const kept = turn([{ op: "turn", id: "t1", role: "assistant" }, ...block("text", "One.")]);
  const view = new TurnView(kept);
  view.paint(kept, () => 0);
  const end = view.element.querySelector(".nbstream-end");
  view.paint(kept, () => 0);
  expect(view.element.querySelector(".nbstream-end")).toBe(end);
  more(kept, [...call("c1"), ...result("c1", { text: "drawn" })]);
  view.paint(kept, () => 0);
  expect(cards(view)[0]).toContain("drawn");
});

test("the remaining cost of a turn with calls never grows", () => {
  const big = turn([
    ...ASKED,
    ...call("c1"),
    ...result("c1", { markdown: true, text: "| a |\n|---|\n".concat("| b |\n".repeat(2_000)) }),
    ...block("text", "x ".repeat(3_000)),
    { op: "reply", status: "done" },
  ]);
  const view = new TurnView(big);
  let left = paintCost(big);
  for (let paints = 0; left > 0; paints++) {
    const now = view.paint(big, () => 0, "latest", 0);
    expect(now).toBeLessThanOrEqual(left);
    expect(paints).toBeLessThan(100);
    left = now;
  }
  expect(view.element.querySelector("table")).not.toBeNull();
  expect(view.element.hasAttribute("aria-busy")).toBe(false);
});

test("a data frame in a message is a table, with the typed text below it", () => {
  const asked = turn([
    { op: "turn", id: "t1", role: "user" },
    { op: "block", type: "text", data: { markdown: true } },
    { op: "text", text: "pandas DataFrame, 1 row × 1 column (a: int64)\n\n| a |\n| --- |\n| 1 |" },
    { op: "close" },
    ...block("text", "Which is *it*?"),
  ]);
  const said: string[] = [];
  const view = new TurnView(asked, { ...DETACHED, announce: (text) => said.push(text) });
  view.paint(asked, () => 0);
  expect(view.element.querySelector("table")?.textContent).toContain("1");
  expect(view.element.querySelector(".nbstream-plain")?.textContent).toBe("Which is *it*?");
  expect(said).toEqual([]);
});

test("the text of a reply is prepared before its first block is on the page, and seen with the next paint", () => {
  const growing = turn(ASKED);
  const view = new TurnView(growing);
  document.body.replaceChildren(view.element);
  view.paint(growing, () => 0);
  expect(view.prepare(growing, 0)).toBe(Number.POSITIVE_INFINITY);
  more(growing, [
    { op: "block", type: "text" },
    { op: "text", text: "One.\n\nTwo" },
  ]);
  const before = view.element.outerHTML;
  expect(view.prepare(growing, Number.POSITIVE_INFINITY)).toBe(0);
  expect(view.element.outerHTML).toBe(before);
  expect(view.paint(growing, () => 0)).toBe(0);
  expect([...view.element.querySelectorAll("p")].map((p) => p.textContent)).toEqual(["One.", "Two"]);
  more(growing, [{ op: "text", text: ".\n\nThree" }]);
  expect(view.prepare(growing, Number.POSITIVE_INFINITY)).toBe(0);
  expect(view.element.textContent).not.toContain("Three");
  more(growing, [STOPPED]);
  view.paint(growing, () => 0);
  expect([...view.element.querySelectorAll("p")].map((p) => p.textContent).slice(0, 3)).toEqual([
    "One.",
    "Two.",
    "Three",
  ]);
  expect(view.prepare(growing, 0)).toBe(Number.POSITIVE_INFINITY);
});

test("how much is left is not known while another block waits, or before a new attempt is painted", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "One" }]);
  const view = new TurnView(growing);
  expect(view.prepare(growing, Number.POSITIVE_INFINITY)).toBe(0);
  more(growing, [{ op: "close" }, ...block("tool_use", "{}")]);
  expect(view.prepare(growing, 0)).toBe(Number.POSITIVE_INFINITY);
  view.paint(growing, () => 0);
  expect(view.prepare(growing, 0)).toBe(Number.POSITIVE_INFINITY);
  const repeated = { ...growing, attempt: 1, blocks: [] };
  expect(view.prepare(repeated, 0)).toBe(Number.POSITIVE_INFINITY);
  view.paint(repeated, () => 0);
  expect(view.element.textContent).toBe("");
});

test("an answer that was prepared for an attempt that was made again is never seen", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "One" }]);
  const view = new TurnView(growing);
  view.prepare(growing, Number.POSITIVE_INFINITY);
  const [again] = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "Two" }]).blocks;
  view.paint({ ...growing, attempt: 1, blocks: again ? [again] : [] }, () => 0);
  expect(view.element.textContent).toBe("Two");
});

test("the text of a user is not prepared", () => {
  const asked = turn([{ op: "turn", id: "u1", role: "user" }, ...block("text", "Hello")]);
  const view = new TurnView(asked);
  expect(view.prepare(asked, 0)).toBe(Number.POSITIVE_INFINITY);
  view.paint(asked, () => 0);
  expect(view.element.textContent).toBe("Hello");
});
