import { expect, test } from "vitest";
import { formatNumber, formatUsd } from "../../../src/view/base/amounts.ts";

test("numbers have commas between their thousands", () => {
  expect([formatNumber(7), formatNumber(12_345)]).toEqual(["7", "12,345"]);
});

test("small amounts of money have two more digits", () => {
  expect([formatUsd(0.1234), formatUsd(0.1234, 0.1), formatUsd(12.346)]).toEqual([
    "$0.1234",
    "$0.12",
    "$12.35",
  ]);
});
