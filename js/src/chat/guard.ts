/** One thing that fails must not take with it what comes after. */

const said = new Set<string>();

/** Run it; if it throws, say so on the console, the same thing once. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    const what = String(error);
    if (said.has(what)) return;
    said.add(what);
    console.error("[nbstream]", error);
  }
}
