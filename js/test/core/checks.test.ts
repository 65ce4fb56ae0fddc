import { expect, test } from "vitest";
import {
  type Check,
  matches,
  maybe,
  oneOf,
  orNull,
  position,
  record,
  seconds,
  text,
  texts,
} from "../../src/core/checks.ts";

const VALUES = [undefined, null, true, 0, 1.5, -1, "", "a", [], ["a"], [1], {}, { a: 1 }, Number.NaN];

const accepted = (check: Check) => VALUES.filter(check);

test("each check accepts the values of its type and no others", () => {
  expect(accepted(text)).toEqual(["", "a"]);
  expect(accepted(texts)).toEqual([[], ["a"]]);
  expect(accepted(position)).toEqual([0]);
  expect(accepted(seconds)).toEqual([0, 1.5, -1, Number.NaN]);
  expect(accepted(record)).toEqual([{}, { a: 1 }]);
  expect(accepted(oneOf("a", "b"))).toEqual(["a"]);
});

test("a value may be left out or null only where the check says so", () => {
  expect(accepted(maybe(text))).toEqual([undefined, "", "a"]);
  expect(accepted(orNull(text))).toEqual([null, "", "a"]);
});

test("an object matches if all named fields pass, whatever else it has", () => {
  const checks = { name: text, at: maybe(seconds) };
  expect(matches({ name: "a", more: 1 }, checks)).toBe(true);
  expect(matches({ name: "a", at: 2 }, checks)).toBe(true);
  for (const value of [{}, { name: 1 }, { name: "a", at: "2" }]) expect(matches(value, checks)).toBe(false);
  expect(matches({ name: "a" }, undefined)).toBe(false);
  for (const value of [undefined, null, "a", []]) expect(matches(value, {})).toBe(false);
});
