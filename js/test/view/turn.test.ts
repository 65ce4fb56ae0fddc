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

test("what was held back shows when the block ends", () => {
  const growing = turn([...ASKED, { op: "block", type: "text" }, { op: "text", text: "a\n\n-" }]);
  const view = new TurnView(growing);
  view.paint(growing, () => 0);
  const block = growing.blocks[0];
  if (block) block.closedAt = 1;
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
