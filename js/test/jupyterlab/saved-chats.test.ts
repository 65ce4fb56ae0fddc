import { expect, test } from "vitest";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript } from "../../src/core/transcript.ts";
import type { Output, WidgetManager } from "../../src/jupyterlab/notebook.ts";
import { SavedChats } from "../../src/jupyterlab/saved-chats.ts";
import writeChats from "../../src/lazy/save.ts";
import { QUESTION } from "../fakes.ts";

const OUTPUT: Output = { output_type: "display_data", data: {}, metadata: { nbstream: { chat: "a" } } };
const ROW: Output = { ...OUTPUT, metadata: { nbstream: { chat: "row", row: { a: "", b: "" } } } };

function transcriptWith(...ops: Op[]) {
  const transcript = newTranscript();
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops: [...QUESTION, ...ops] }, 0);
  return transcript;
}

test("a row is known once all of its chats are, and runs while one of them does", () => {
  const chats = new SavedChats({} as WidgetManager);
  chats.rows.remember(ROW);
  chats.track("a", transcriptWith({ op: "reply", status: "done" }));
  expect([chats.has("row"), chats.isRunning("row")]).toEqual([false, false]);
  chats.track("b", transcriptWith());
  expect([chats.has("row"), chats.isRunning("row"), chats.isRunning("a")]).toEqual([true, true, false]);
  chats.forget("b");
  expect([chats.has("row"), chats.isRunning("row")]).toEqual([false, false]);
});

test("a text is outdated until it is written as the page has it", () => {
  const chats = new SavedChats({} as WidgetManager);
  chats.writeChats = writeChats;
  const text: Op[] = [
    { op: "block", type: "text" },
    { op: "text", text: "Hi" },
    { op: "reply", status: "done" },
  ];
  chats.track("a", transcriptWith(...text));
  expect(chats.isOutdated("a")).toBe(true);
  expect(chats.savedOutput("a", OUTPUT, new Set()).data?.["text/markdown"]).toBe("Hi");
  expect(chats.isOutdated("a")).toBe(false);
});
