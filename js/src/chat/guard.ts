/** Runs code whose failure must not stop the code after it. */

const reported = new Set<string>();

/** Run it; an error goes to the console, and the same error only once. */
export function runGuarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    const message = String(error);
    if (reported.has(message)) return;
    reported.add(message);
    console.error("[nbstream]", error);
  }
}
