import { expect, test } from "vitest";
import { References } from "../../../src/core/markdown/references.ts";
import { Scanner } from "../../../src/core/markdown/scanner.ts";

function scanned(text: string, prepare?: (scanner: Scanner) => void): Scanner {
  const scanner = new Scanner(text, new References(true), true, true, Number.POSITIVE_INFINITY);
  prepare?.(scanner);
  scanner.scan({});
  return scanner;
}

const TEXT = "lorem ipsum ".repeat(100);

test("a text is cut before a word, about every 256 characters", () => {
  const { parsed } = scanned(TEXT);
  expect(parsed.nodes.length).toBe(4);
  expect(TEXT.slice(parsed.cut)).toMatch(/^(lorem|ipsum)/);
  expect(parsed.settled).toBe(parsed.nodes.length);
});

test("a longer text is cut at the same places", () => {
  const { nodes } = scanned(TEXT).parsed;
  for (let length = 0; length < TEXT.length; length += 37) {
    const { parsed } = scanned(TEXT.slice(0, length));
    expect(parsed.nodes).toEqual(nodes.slice(0, parsed.settled));
  }
});

test("no cut is made while something is open", () => {
  expect(scanned(TEXT, (scanner) => (scanner.pending = true)).parsed.cut).toBe(0);
  const bracket = { image: false, token: 0, from: 0, nested: false };
  expect(scanned(TEXT, (scanner) => scanner.brackets.push(bracket)).parsed.cut).toBe(0);
});

test("no cut is made at the limit or behind it", () => {
  const scanner = new Scanner(TEXT, new References(true), true, true, 300);
  scanner.scan({});
  expect(scanner.parsed.cut).toBeGreaterThan(0);
  expect(scanner.parsed.cut).toBeLessThan(300);
});

test("a rule that parses nothing leaves its character as text", () => {
  const scanner = new Scanner("a*b&c", new References(true), false, false, 0);
  scanner.scan({
    "*": () => false,
    "&"({ at }) {
      scanner.take(at, at + 1, { kind: "break" });
      return true;
    },
  });
  expect(scanner.finish().nodes).toEqual([
    { kind: "text", text: "a*b" },
    { kind: "break" },
    { kind: "text", text: "c" },
  ]);
});
