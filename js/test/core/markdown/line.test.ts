import { expect, test } from "vitest";
import { Line } from "../../../src/core/markdown/line.ts";

test("a tab goes to the next stop of four columns", () => {
  const line = new Line(" \ta");
  expect(line.indent).toBe(4);
  expect(line.char).toBe("a");
  expect(line.next).toBe(2);
});

test("a partly consumed tab leaves spaces", () => {
  const line = new Line(">\t\ta");
  line.eat(1);
  expect(line.indent).toBe(7);
  line.skip(1);
  expect(line.rest()).toBe("  \ta");
  line.skip(3);
  expect(line.rest()).toBe("   a");
  expect(line.content()).toBe("a");
});

test("no more white space is consumed than there is", () => {
  const line = new Line("  a");
  line.skip(9);
  expect(line.rest()).toBe("a");
});

test("columns are counted on behind a marker", () => {
  const line = new Line("1.\ta");
  line.eat(2);
  expect(line.indent).toBe(2);
});

test("a line of white space is blank", () => {
  for (const text of ["", " ", " \t "]) expect(new Line(text).blank).toBe(true);
  expect(new Line(" \u00a0").blank).toBe(false);
  expect(new Line("").char).toBe("");
});
