import { expect, test } from "vitest";
import cases from "../../../../tests/fixtures/saved_parts.json" with { type: "json" };
import type { Data, Role } from "../../../src/core/protocol.ts";
import { partLine, savedParts } from "../../../src/core/saved/saved-parts.ts";
import { newBlock, newTurn, type Turn } from "../../../src/core/transcript.ts";

type CaseTurn = (typeof cases)[number]["turns"][number];

function turnOf({ role, blocks }: CaseTurn, index: number): Turn {
  const turn = newTurn(`t${index}`, role as Role);
  for (const { type, text, data } of blocks) {
    turn.blocks.push({ ...newBlock(type, 0, data as Data), parts: [text], length: text.length });
  }
  return turn;
}

test.each(cases)("both languages save the same parts: $name", ({ turns, parts, lines }) => {
  const saved = savedParts(turns.map(turnOf));
  expect(saved).toEqual(parts);
  const isLine = ({ kind }: { kind: string }) => kind !== "text";
  expect(saved.map((turn) => turn.filter(isLine).map((part) => partLine(part, true)))).toEqual(lines);
});
