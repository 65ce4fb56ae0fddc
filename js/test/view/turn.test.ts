import { expect, test, vi } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
import { ALONE } from "../../src/view/markdown/document.ts";
import { TurnView } from "../../src/view/turn.ts";

function turn(ops: Op[]): Turn {
  const transcript = newTranscript();
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

/** What comes later. */
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

test("an article says whose turn it is, and is busy while it grows", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "Hi" }]);
  const view = new TurnView(growing);
  view.paint(growing, () => 0);
  expect(view.element.tagName).toBe("ARTICLE");
  expect(view.element.getAttribute("aria-label")).toBe("Claude");
  expect(view.element.hasAttribute("aria-busy")).toBe(true);
  const user = turn([{ op: "turn", id: "t0", role: "user" }]);
  expect(new TurnView(user).element.dataset.role).toBe("user");
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

test("a block of a kind that nobody knows yet is shown as text", () => {
  const odd = turn([...ASKED, { op: "block", type: "hologram" }, { op: "text", text: "…" }]);
  const view = new TurnView(odd);
  view.paint(odd, () => 0);
  expect(view.element.textContent).toBe("…");
});

test("thinking that is under way counts its own seconds only when it is over", () => {
  const thinking = turn([...ASKED, { op: "block", type: "thinking", at: 5 }]);
  const view = new TurnView(thinking);
  view.paint(thinking, () => 3);
  expect(view.element.querySelector("summary")?.textContent).toBe("Thinking…");
  const block = thinking.blocks[0];
  if (block) block.closedAt = 5.2;
  view.paint(thinking, () => 99);
  expect(view.element.querySelector("summary")?.textContent).toBe("Thought for 1 s");
});

test("an answer is Markdown, what was asked is as it was typed", () => {
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

test("what was held back shows when something else follows, or the reply ends", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "a\n\n-" }]);
  const view = new TurnView(growing);
  view.paint(growing, () => 0);
  expect(view.element.querySelector("li")).toBeNull();
  more(growing, [{ op: "close" }, { op: "block", type: "thinking" }]);
  view.paint(growing, () => 0);
  expect(view.element.querySelector("li")).not.toBeNull();
});

test("screen readers hear of an answer's blocks elsewhere, and not of its words here", () => {
  const said: string[] = [];
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "One.\n\nTw" }]);
  const view = new TurnView(growing, { ...ALONE, say: (text) => said.push(text) });
  view.paint(growing, () => 0);
  expect(view.element.querySelector(".nbstream-text")?.getAttribute("aria-live")).toBe("off");
  expect(said).toEqual(["One."]);
});

test("a reply that goes on is busy again, and its end is gone", () => {
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

test("a reply that went on and ended again unseen shows its new end alone", () => {
  const broken = turn([...ASKED, ...block("text", "Hi"), { op: "reply", status: "failed", error: "Gone." }]);
  const view = new TurnView(broken);
  view.paint(broken, () => 0);
  more(broken, [WAITING, { op: "reply", status: "failed", error: "Gone again." }]);
  view.paint(broken, () => 0);
  const alerts = [...view.element.querySelectorAll("[role=alert]")].map((alert) => alert.textContent);
  expect(alerts).toEqual(["Gone again."]);
});

test("half a fence goes on as code when the reply is continued, whatever is thought between", async () => {
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

test("texts with nothing between are one document while they come: no node is made twice", () => {
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

test("any cuts, stops and thoughts give the document that the whole text gives", () => {
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
    const [shown, wanted] = [view, expected].map((one) => one.element.querySelector(".nbstream-text"));
    expect(shown?.innerHTML).toBe(wanted?.innerHTML);
  }
});
