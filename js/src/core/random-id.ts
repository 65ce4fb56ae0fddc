/** A short name unlike all others; `crypto.randomUUID` is not there on pages that came over plain HTTP. */
export function unlike(): string {
  return Math.random().toString(36).slice(2, 10).padEnd(8, "0");
}
