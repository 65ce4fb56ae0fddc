import { expect, test } from "vitest";
import { closeCells } from "../../../../src/core/saved/portable/cells.ts";

test("a formula's pipe in a cell is a command, which every renderer of formulas knows", () => {
  const row = "| $P(A|B)$ | \\(|x|\\) |";
  expect(closeCells(["| a | b |", "|-|-|", row])[2]).toBe("| $P(A\\vert B)$ | \\(\\vert x\\vert \\) |");
  expect(closeCells(["| a | b | c | d | e | f |", "|-|-|-|-|-|-|", row])[2]).toBe(
    "| $P(A | B)$ | \\( | x | \\) |  |",
  );
  expect(closeCells([row, "text"])).toEqual([row, "text"]);
});

test("a pipe with a backslash in code is an entity in an element", () => {
  expect(closeCells(["| a |", "|-|", "| `x\\|y` |"])[2]).toBe("| <code>x&#124;y</code> |");
});

test.each([
  [
    ["head", "|-|", "a"],
    ["| head |", "| - |", "| a |"],
  ],
  [
    ["- head", "  -|", "  a|", "- b"],
    ["- | head |", "  | - |", "  | a |", "- b"],
  ],
  [
    ["> head", "> :-:", "> a \\|", "b"],
    ["> | head |", "> | :-: |", "> | a \\| |", "b"],
  ],
  [
    ["a | b", "-|-", "c", "- d"],
    ["| a | b |", "| - | - |", "| c |  |", "- d"],
  ],
  [
    ["| a | b |", "|-|-|", "| c | d | e |", "| f"],
    ["| a | b |", "| - | - |", "| c | d |", "| f |  |"],
  ],
  [
    [`${"|a".repeat(30)}|`, `${"|-".repeat(30)}|`, ...Array(9).fill("|")],
    [`${"|a".repeat(30)}|`, `${"|-".repeat(30)}|`, ...Array(9).fill("|")],
  ],
  [
    ["x".repeat(101), "|-|"],
    ["x".repeat(101), "|-|"],
  ],
])("the table of one column %j is written %j", (lines, expected) => {
  expect(closeCells(lines)).toEqual(expected);
});
