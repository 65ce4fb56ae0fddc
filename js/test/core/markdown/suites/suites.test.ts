/** The suites of others: each example is equal, or different by a decision that the README gives a reason for. */

import { expect, test } from "vitest";
import { byCharacter, whole } from "../feed.ts";
import readme from "../README.md?raw";
import { outcomeOf, SUITES } from "./suites.ts";

test.each(SUITES)("of $name no example is wrong", (suite) => {
  expect(outcomeOf(suite).wrong).toEqual([]);
});

test.each(SUITES)(
  "each text of $name makes the same tree whole and by character",
  ({ examples, options }) => {
    for (const [text = ""] of examples) {
      expect.soft(byCharacter(text, undefined, options).root, text).toEqual(whole(text, options).root);
    }
  },
);

test("the README has the numbers of this run, and a reason for each decision", () => {
  const rows: string[] = [];
  const reasons: string[] = [];
  for (const suite of SUITES) {
    const { run, equal, decided, wrong } = outcomeOf(suite);
    const differ = decided.reduce((sum, count) => sum + count, 0);
    rows.push(`| ${suite.name} | ${suite.source} | ${run} | ${equal} | ${differ} | ${wrong.length} |`);
    suite.decisions.forEach(({ reason }, n) => {
      if (decided[n]) reasons.push(`| ${suite.name} | ${decided[n]} | ${reason} |`);
    });
  }
  expect(
    readme
      .split("## The notebook's file")[0]
      ?.match(/^\|.*\n/gm)
      ?.filter((row) => !/^\| (?:suite|---)/.test(row))
      .join(""),
  ).toBe([...rows, ...reasons, ""].join("\n"));
});
