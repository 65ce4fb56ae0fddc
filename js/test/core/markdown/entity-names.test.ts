import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { characters } from "./entity-names.ts";

test("the names are HTML's 2,125 that end in a semicolon", () => {
  expect(characters().size).toBe(2125);
});

test("each name stands for the same characters as in markdown-it", () => {
  const oracle = new MarkdownIt("commonmark");
  for (const [name, text] of characters()) {
    const [line] = oracle.parseInline(`a&${name};`, {});
    expect(`a${text}`, name).toBe(line?.children?.map(({ content }) => content).join(""));
  }
});
