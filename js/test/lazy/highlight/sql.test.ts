import { expect, test } from "vitest";
import highlighter from "../../../src/lazy/highlight/code.ts";

function keywords(line: string): string[] {
  const tokens = highlighter("sql")?.tokenize(line) ?? [];
  return tokens.filter((token) => token.style === "keyword").map((token) => token.text);
}

test("words of any dialect are keywords, in either case", () => {
  const line = "WITH RECURSIVE t AS (SELECT x) select y over (partition by z) RETURNING q";
  expect(keywords(line)).toEqual([
    "WITH",
    "RECURSIVE",
    "AS",
    "SELECT",
    "select",
    "over",
    "partition",
    "by",
    "RETURNING",
  ]);
});

test("names of columns are not keywords", () => {
  expect(keywords("id, name, value, data, user, year, level, source, t.order")).toEqual([]);
});
