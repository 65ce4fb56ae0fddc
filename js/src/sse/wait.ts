/** Waiting that ends when there is nothing to wait for any more. */

/** The promise, or the signal's reason as soon as that aborts. */
export function unlessAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  const kept = new AbortController();
  const aborted = new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: kept.signal });
  });
  return Promise.race([promise, aborted]).finally(() => kept.abort());
}

/** Over at once when the machine is online again. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> {
  const over = new AbortController();
  const waited = new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    globalThis.addEventListener?.("online", resolve, { signal: over.signal });
    over.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  return unlessAborted(waited, signal).finally(() => over.abort());
}
