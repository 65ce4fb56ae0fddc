import { expect, test } from "vitest";
import { type JsonNode, parsePartial } from "../../../src/core/saved/partial-json.ts";

function plain({ kind, text, items, keys }: JsonNode): unknown {
  if (kind === "string") return text;
  if (kind === "literal") return JSON.parse(text);
  const values = items.map(plain);
  return kind === "array" ? values : Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

test.each([
  { a: [1, -2.5e3, true, false, null, "x"], "": {}, b: [], c: '"\\/\b\f\n\r\t\u2028😀' },
  [[[]], {}],
  "text",
  0,
])("complete JSON is read as the browser reads it: %j", (value) => {
  for (const indent of [undefined, 2]) {
    const { root, rest } = parsePartial(` ${JSON.stringify(value, null, indent)}\n`);
    expect(root?.isComplete).toBe(true);
    expect(plain(root as JsonNode)).toEqual(value);
    expect(rest).toBe("");
  }
});

test("nothing is too deep", () => {
  expect(parsePartial("[".repeat(100_000)).rest).toBe("");
});
