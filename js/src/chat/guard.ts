/** Runs code whose failure must not stop the code after it. */

const reported = new Set<string>();

/** Run a function. If it throws, log the error to the console, but log the same message only once. */
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
