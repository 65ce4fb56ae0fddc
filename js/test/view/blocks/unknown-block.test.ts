import { expect, test } from "vitest";
import { newBlock } from "../../../src/core/transcript.ts";
import { UnknownBlock } from "../../../src/view/blocks/unknown-block.ts";

const EVER = Number.POSITIVE_INFINITY;

test("a block of an unknown type is closed, with its type as a name and its data inside", () => {
  const block = newBlock("hologram", 0, { json: '{"<b>": 1}' });
  const other = new UnknownBlock(block);
  block.parts.push(" and text");
  block.length = 9;
  expect(other.paint(undefined, EVER)).toBe(0);
  expect(other.element.matches("details:not([open])")).toBe(true);
  expect(other.element.querySelector("summary")?.textContent).toBe("hologram");
  expect(other.element.querySelector(".nbstream-pane")?.textContent).toBe('{"<b>": 1} and text');
});

test("an unknown block has a name whatever its type field holds", () => {
  for (const json of [undefined, null, 7, [], {}]) {
    expect(new UnknownBlock(newBlock("", 0, { json })).element.textContent).toBe("Unknown content");
  }
});
