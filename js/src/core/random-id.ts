/** Short random ids. `crypto.randomUUID` does not exist on pages served over plain HTTP. */

/** Make an id of eight letters and digits. */
export function randomId(): string {
  return Math.random().toString(36).slice(2, 10).padEnd(8, "0");
}
