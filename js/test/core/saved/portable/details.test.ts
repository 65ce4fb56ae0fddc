import { expect, test } from "vitest";
import { DetailsLines } from "../../../../src/core/saved/portable/details.ts";

test("a part is a bold line and what follows, and its end a blank line", () => {
  const details = new DetailsLines();
  const lines = ["<details><summary>A </summary>b", "c</details>", "</details>"];
  expect(lines.map((line) => details.convert(line, 0))).toEqual([
    ["", "<strong>A</strong>", "", "b"],
    ["c", ""],
    ["</details>"],
  ]);
});

test("marks of quotes and items stay before the first text", () => {
  expect(new DetailsLines().convert("> - <details><summary>A</summary>b", 4)).toEqual([
    "> - <strong>A</strong>",
    ">",
    ">   b",
  ]);
});
