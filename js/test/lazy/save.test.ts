import { expect, test } from "vitest";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
import writeChats from "../../src/lazy/save.ts";
import { ANSWER, QUESTION, text } from "../fakes.ts";

function turns(answer: string): readonly Turn[] {
  const transcript = newTranscript();
  const ops = [...QUESTION, ...ANSWER, text(answer), { op: "reply", status: "done" } as const];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops }, 0);
  return transcript.turns;
}

test("a conversation alone has no heading unless it has a name; several have one each", () => {
  expect(writeChats([["", turns("Yes.")]])["text/markdown"]).toBe("Yes.");
  expect(writeChats([["one", turns("Yes.")]])["text/markdown"]).toBe("**one**\n\nYes.");
  const both = writeChats([
    ["one", turns("Yes.")],
    ["two", turns("No.")],
  ]);
  expect(both["text/markdown"]).toBe("**one**\n\nYes.\n\n**two**\n\nNo.");
});
