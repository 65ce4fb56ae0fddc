import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { entityAt } from "../../../src/core/markdown/entities.ts";
import { ALPHABETS, NAMES, PAIRS } from "../../../src/core/markdown/entity-names.ts";

/** Every word of the lists that is a name, and no code point. */
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
const alphabets = ALPHABETS.flatMap(([suffix]) => LETTERS.map((letter) => letter + suffix));
const names = new Set(
  `${NAMES},${PAIRS},${alphabets}`.match(/[A-Za-z][A-Za-z\d]*/g)?.filter((word) => entityAt(`&${word};`, 0)),
);

test("the names are HTML's 2,125 that end in a semicolon", () => {
  expect(names.size).toBe(2125);
});

test("each stands for what markdown-it says", () => {
  const oracle = new MarkdownIt("commonmark");
  for (const name of names) {
    const [line] = oracle.parseInline(`a&${name};`, {});
    const expected = line?.children?.map(({ content }) => content).join("");
    expect(`a${entityAt(`&${name};`, 0)?.text}`, name).toBe(expected);
  }
});
