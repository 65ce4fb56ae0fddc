import { expect, test } from "vitest";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
import write from "../../src/lazy/save.ts";
import { ANSWER, QUESTION, text } from "../fakes.ts";

function turns(answer: string): readonly Turn[] {
  const transcript = newTranscript();
  const ops = [...QUESTION, ...ANSWER, text(answer), { op: "reply", status: "done" } as const];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops }, 0);
  return transcript.turns;
}

test("one conversation stands for itself, some stand each under its name", () => {
  expect(write([["", turns("Yes.")]])["text/markdown"]).toBe("Yes.");
  expect(write([["one", turns("Yes.")]])["text/markdown"]).toBe("**one**\n\nYes.");
  const both = write([
    ["one", turns("Yes.")],
    ["two", turns("No.")],
  ]);
  expect(both["text/markdown"]).toBe("**one**\n\nYes.\n\n**two**\n\nNo.");
});
