import { expect, test } from "vitest";
import type { Op, Status } from "../../src/core/protocol.ts";
import { availableActions } from "../../src/core/reply-actions.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";

function turn(ops: Op[], role: "assistant" | "user" = "assistant"): Turn {
  const transcript = newTranscript();
  const all: Op[] = [{ op: "turn", id: "t1", role }, ...ops];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: all.length, ops: all }, 0);
  return transcript.turns[0] as Turn;
}

function block(type: string, text = "x"): Op[] {
  return [{ op: "block", type }, { op: "text", text }, { op: "close" }];
}

const AGAIN: Op = { op: "reply", status: "waiting" };

test.each<[Status, string | null, readonly string[]]>([
  ["failed", null, ["continue", "retry"]],
  ["stopped", "user", ["continue", "retry"]],
  ["stopped", "interrupt", ["continue", "retry"]],
  ["stopped", "closed", ["continue", "retry"]],
  ["stopped", "abandoned", ["continue", "retry"]],
  ["stopped", "budget", ["continue", "retry"]],
  ["done", "max_tokens", ["continue", "retry"]],
  ["done", "end_turn", ["regenerate"]],
  ["done", "stop_sequence", ["regenerate"]],
  ["done", "refusal", []],
  ["done", "model_context_window_exceeded", []],
  ["waiting", null, []],
  ["streaming", null, []],
])("the actions of a reply that is %s (%s)", (status, stop_reason, offered) => {
  const end: Op = { op: "reply", status, stop_reason };
  expect(availableActions(turn([AGAIN, ...block("text"), end]))).toEqual(offered);
});

test.each([
  ["nothing", []],
  ["a thought", block("thinking")],
  ["blank text", block("text", " \n")],
])("after %s there is no text to continue", (_, came) => {
  expect(availableActions(turn([AGAIN, ...came, { op: "reply", status: "failed", error: "Gone." }]))).toEqual(
    ["retry"],
  );
});

test("a tool's result can be continued, even with thinking after it", () => {
  const end: Op = { op: "reply", status: "stopped", stop_reason: "rounds" };
  const came = [...block("tool_use"), ...block("tool_result", ""), ...block("thinking")];
  expect(availableActions(turn([AGAIN, ...came, end]))).toEqual(["continue", "retry"]);
  expect(availableActions(turn([AGAIN, ...block("tool_use"), end]))).toEqual(["retry"]);
});

test("a refused request can only be sent again", () => {
  const end: Op = { op: "reply", status: "failed", error: "Refused.", is_left_out: true };
  const came = [...block("text"), ...block("tool_use"), ...block("tool_result", "")];
  expect(availableActions(turn([AGAIN, ...came, end]))).toEqual(["retry"]);
});

test("a user's turn, and a turn without a reply, offer no action", () => {
  expect(availableActions(turn(block("text"), "user"))).toEqual([]);
  expect(availableActions(turn(block("text")))).toEqual([]);
});

test("an answer that is complete and does not fit its type can only be asked for again", () => {
  const end: Op = { op: "reply", status: "failed", error: "It does not fit.", cause: "misfit" };
  expect(availableActions(turn([AGAIN, ...block("text"), end]))).toEqual(["retry"]);
});

test("a conversation that fills the context window can only go on from a summary", () => {
  const failed: Op = {
    op: "reply",
    status: "failed",
    error: "Too long.",
    is_left_out: true,
    cause: "context_full",
  };
  expect(availableActions(turn([AGAIN, failed]))).toEqual(["summarize"]);
  const full: Op = {
    op: "reply",
    status: "done",
    stop_reason: "model_context_window_exceeded",
    cause: "context_full",
  };
  expect(availableActions(turn([AGAIN, ...block("text"), full]))).toEqual(["summarize"]);
});
