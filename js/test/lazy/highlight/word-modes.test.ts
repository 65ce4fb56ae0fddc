import { expect, test } from "vitest";
import highlighter from "../../../src/lazy/highlight/code.ts";

/** The words of some lines that have a style, each with its style. */
function styled(language: string, ...lines: string[]): string[] {
  const mode = highlighter(language);
  const tokens = lines.flatMap((line) => mode?.tokenize(line) ?? []);
  return tokens.filter(({ style }) => style).map(({ text, style }) => `${text.trim()} ${style}`);
}

test.each([
  ["php", ["$a = true; // b"], ["$a def", "= operator", "true atom", "// b comment"]],
  ["elixir", ["def go, do: :ok"], ["def keyword", "do: property", ":ok atom"]],
  ["graphql", ["type A { b: Int }"], ["type keyword", "A type", "b property", "Int type"]],
  ["hcl", ['a = "b" # c'], ["a property", "= operator", '"b" string', "# c comment"]],
  ["makefile", ["all: a.o", "\t$(CC) $@", "X := 1"], ["all tag", "$(CC) def", "$@ def", "X property"]],
  ["markdown", ["# A", "b # c", "[d](e)"], ["# A heading", "[d](e) special"]],
  ["clj", ["(defn go [] nil)"], ["defn keyword", "nil atom"]],
])("%s has its words in colour", (language, lines, expected) => {
  expect(styled(language, ...lines)).toEqual(expected);
});

test("a comment and a text of several lines go on in the next line", () => {
  expect(styled("php", "/* a", "b */ c")).toEqual(["/* a comment", "b */ comment"]);
  expect(styled("elixir", '"""', "def", '""" def')).toEqual([
    ...['""" string', "def string", '""" string', "def keyword"],
  ]);
});
