import { expect, test } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
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
