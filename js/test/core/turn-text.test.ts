import { expect, test } from "vitest";
import cases from "../../../tests/fixtures/turn_text.json" with { type: "json" };
import type { Role } from "../../src/core/protocol.ts";
import { newBlock, newTurn, type Turn } from "../../src/core/transcript.ts";
import { continuedBlock, documentsOf, textOf } from "../../src/core/turn-text.ts";

type Case = (typeof cases)[number];

function turnOf({ role, blocks, continuations }: Pick<Case, "role" | "blocks" | "continuations">): Turn {
  const turn = { ...newTurn("t1", role as Role), continuations };
  for (const [type = "", text = ""] of blocks) {
    turn.blocks.push({ ...newBlock(type), parts: [...text], length: text.length });
  }
  return turn;
}

test.each(cases)("both sides join the texts of a turn alike: $name", ({ continued, text, ...parts }) => {
  const turn = turnOf(parts);
  expect(turn.blocks.map((_, index) => continuedBlock(turn, index) ?? null)).toEqual(continued);
  expect(textOf(turn)).toBe(text);
});

test("thoughts are documents of their own", () => {
  const blocks = [
    ["thinking", "One."],
    ["thinking", "Two."],
  ];
  const turn = turnOf({ role: "assistant", blocks, continuations: [] });
  expect(documentsOf(turn, "thinking")).toEqual(["One.", "Two."]);
  expect(textOf(turn, "thinking")).toBe("One.\n\nTwo.");
});
