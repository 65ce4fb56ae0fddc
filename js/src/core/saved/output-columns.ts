/** The mark of structured output in the data of a text block: the columns of its tables. */

import type { Data } from "../protocol.ts";

/** The columns of each list of objects, by the list's path: pairs of a name, and whether it holds numbers. */
export type Columns = Readonly<Record<string, unknown>>;

/** Return the columns in the data of a text block; undefined if the text is not structured output. */
export function outputColumns({ columns }: Data): Columns | undefined {
  return typeof columns === "object" && columns !== null ? (columns as Columns) : undefined;
}
