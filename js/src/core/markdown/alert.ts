/** GitHub's alerts: quotes whose first line is a mark, such as `[!NOTE]`. */

import type { Alert } from "./tree.ts";

const MARK = /^\[!(note|tip|important|warning|caution)\][ \t]*$/i;

/** An unfinished line that may still be a mark. It is at most as long as one. */
const UNFINISHED = /^\[(?:!(?:[a-z]{0,9}\]?[ \t]*)?)?$/i;

/** Return the alert that a line marks, or undefined. */
export function alertOf(line: string): Alert | undefined {
  return MARK.exec(line)?.[1]?.toLowerCase() as Alert | undefined;
}

export function mayBeAlert(line: string): boolean {
  return UNFINISHED.test(line);
}
