import { expect, test } from "vitest";
import highlighter from "../../../src/lazy/highlight/code.ts";
import type { Token } from "../../../src/view/markdown/assets.ts";

function read(...lines: string[]): Token[][] {
  const yaml = highlighter("yaml");
  return lines.map((line) => yaml?.tokenize(line) ?? []);
}

/** The tokens with a style in the last line. */
function styled(...lines: string[]): string[] {
  const tokens = read(...lines).at(-1) ?? [];
  return tokens.filter((token) => token.style).map((token) => `${token.style} ${token.text.trim()}`);
}

test.each([
  ["key: 1", ["property key", "meta :", "number 1"]],
  ["two words: on # c", ["property two words", "meta :", "atom on", "comment # c"]],
  ["on: push", ["property on", "meta :"]],
  ["a: b, c [d]", ["property a", "meta :"]],
  ["a: 5 apples", ["property a", "meta :"]],
  ["url: http://a.b:80/c#d", ["property url", "meta :"]],
  ["- 'it''s': ~", ["meta -", "property 'it''s'", "meta :", "atom ~"]],
  ['- "a\\"b"', ["meta -", 'string "a\\"b"']],
  ["d: 2026-01-02", ["property d", "meta :", "number 2026-01-02"]],
  ["a: &b !!int 1.5e3", ["property a", "meta :", "type &b", "type !!int", "number 1.5e3"]],
  ["--- # doc", ["meta ---", "comment # doc"]],
  ["%YAML 1.2", ["meta %YAML 1.2"]],
])("%j", (line, tokens) => {
  expect(styled(line)).toEqual(tokens);
});

test("in brackets and braces, commas begin a node", () => {
  const line = "x: [1, a b, {c: true}] y";
  const metas = ["meta [", "meta ,", "meta ,", "meta {", "meta :", "meta }]"];
  expect(styled(line).filter((token) => token.startsWith("meta"))).toEqual(["meta :", ...metas]);
  expect(styled(line)).toContain("property c");
});

test("a literal's text is a string until the indentation ends, including blank lines", () => {
  const lines = read("  run: |", "    a: 1", " ", "    b: 2", "  c: 3");
  expect(lines[1]).toEqual([{ text: "    a: 1", style: "string" }]);
  expect(lines[3]).toEqual([{ text: "    b: 2", style: "string" }]);
  expect(lines[4]).toContainEqual({ text: "c", style: "property" });
});

test("a quoted scalar continues on the next line", () => {
  expect(styled('a: "b', "  c: 1", '  d" # e')).toEqual(['string d"', "comment # e"]);
});

test("a line of blanks costs no time, whatever is around them", () => {
  for (const line of [" ".repeat(1_000), `a${" ".repeat(900)}b`, `a: ${"b   ".repeat(240)}`]) {
    const from = performance.now();
    read(line);
    expect(performance.now() - from).toBeLessThan(500);
  }
});
