import { expect, test } from "vitest";
import { outputColumns } from "../../../src/core/saved/output-columns.ts";

test("only an object is the mark of structured output", () => {
  expect(outputColumns({ columns: {} })).toEqual({});
  for (const data of [{}, { columns: null }, { columns: "x" }]) expect(outputColumns(data)).toBeUndefined();
});
