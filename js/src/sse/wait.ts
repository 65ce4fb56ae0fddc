/** Promises that are settled early when a signal aborts or the machine is online again. */

/** Wait for the promise, but reject with the signal's reason as soon as the signal aborts. */
export function rejectOnAbort(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  const finished = new AbortController();
  const aborted = new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: finished.signal });
  });
  return Promise.race([promise, aborted]).finally(() => finished.abort());
}

/** Wait for a time, or less if the machine comes online before. Reject when the signal aborts. */
export function pause(delayMs: number, signal: AbortSignal | undefined): Promise<unknown> {
  const finished = new AbortController();
  const waited = new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    globalThis.addEventListener?.("online", resolve, { signal: finished.signal });
    finished.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  return rejectOnAbort(waited, signal).finally(() => finished.abort());
}
