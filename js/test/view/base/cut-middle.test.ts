import { expect, test } from "vitest";
import { cutMiddle } from "../../../src/view/base/cut-middle.ts";

test("a text is cut in its middle to the length that was asked for, and keeps its end", () => {
  expect(cutMiddle("short.csv", 36)).toBe("short.csv");
  const cut = cutMiddle("quarterly_measurements_of_all_stations_part_2.csv", 36);
  expect(cut).toHaveLength(36);
  expect(cut).toMatch(/^quarterly_measu….*part_2\.csv$/);
});
