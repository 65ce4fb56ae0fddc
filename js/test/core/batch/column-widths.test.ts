import { expect, test } from "vitest";
import { ColumnWidths } from "../../../src/core/batch/column-widths.ts";

test("a column is as wide as its longest text, within limits, and never becomes narrower", () => {
  const widths = new ColumnWidths(["a", "sentiment"]);
  expect(widths.widthsEm).toEqual([4, 7]);
  expect(widths.add(["x".repeat(20), "good"])).toBe(true);
  expect(widths.widthsEm).toEqual([13, 7]);
  expect(widths.add(["x", "y"])).toBe(false);
  expect(widths.add(["x".repeat(300)])).toBe(true);
  expect(widths.add(["x".repeat(200), "", "a third cell that is no column"])).toBe(false);
  expect(widths.widthsEm).toEqual([24, 7]);
});
