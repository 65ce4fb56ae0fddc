import { expect, test } from "vitest";
import { argumentsLine, resultLine } from "../../../src/view/tool-call/call-line.ts";

test.each([
  ['{"city":"Oslo"}', 'city="Oslo"', true],
  ['{"n": 1.0, "big": 12345678901234567890, "on": true}', "n=1.0, big=12345678901234567890, on=true", true],
  ['{"at": [1, {"a": null}], "b": {}}', 'at=[1, {"a": null}], b={}', true],
  ['{"t": "a\\nb\\u0041"}', 't="a\\nbA"', true],
  ["{}", "", true],
  ["", "", true],
  ["[1]", "…", false],
  ['"a"', "…", false],
  ["null", "…", false],
  ['{"city": "Os', "…", false],
])("%s is written as the arguments of a call", (json, text, isWhole) => {
  expect(argumentsLine(json)).toEqual({ text, isWhole });
});

test("a long argument is cut in its middle, and the line says that it is not whole", () => {
  const path = `/home/${"deep/".repeat(30)}measures_2026.csv`;
  const { text, isWhole } = argumentsLine(JSON.stringify({ path }));
  expect(text).toMatch(/^path="\/home.*….*measures_2026\.csv"$/);
  expect(text.length).toBeLessThan(80);
  expect(isWhole).toBe(false);
});

test("many arguments end with an ellipsis", () => {
  const json = JSON.stringify(Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`name${i}`, i])));
  const { text, isWhole } = argumentsLine(json);
  expect(text.endsWith(", …")).toBe(true);
  expect(text.length).toBeLessThan(200);
  expect(isWhole).toBe(false);
});

test.each([
  ["5.7", {}, "5.7"],
  ["", { output: "42\n" }, "42"],
  ["one\ntwo", {}, "one …"],
  ["x".repeat(100), {}, `${"x".repeat(80)}…`],
  ["| a |\n|---|", { markdown: true }, ""],
  ["\u001b[31mred", {}, ""],
  ["", { images: [{}] }, "1 image"],
  ["", { images: [{}, {}] }, "2 images"],
  ["", { sources: [{}] }, "1 source"],
  ["", { sources: [{}, {}] }, "2 sources"],
  ["", {}, ""],
])("the result %j with %j is %j in the line", (text, data, line) => {
  expect(resultLine(text, data)).toBe(line);
});
