/** Times of the page's updates: how often they may come, and on which frame of the screen. */

/**
 * Least time between two updates. It keeps the promise of at most ten updates a second, with room for the
 * jitter of the screen's frames. It is shorter than the time between the kernel's frames (120 ms), because
 * otherwise the page would fall behind the kernel.
 */
export const MIN_INTERVAL_MS = 105;

/**
 * Length of one animation frame of a browser. The page begins to wait for an animation frame this long before
 * an update is due, so that it catches the frame in which the update is due.
 */
export const FRAME_MS = 17;

/**
 * If no animation frame comes in this time (an occluded window, an iframe out of sight), the page paints
 * without one.
 */
const FRAME_TIMEOUT_MS = 1_000;

/** Run a function after `wait` milliseconds, unless the signal aborts before. */
export function runLater(run: () => void, wait: number, signal: AbortSignal): void {
  const timer = setTimeout(run, wait);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Run a function on the next animation frame, unless the signal aborts before. */
export function runOnFrame(run: () => void, signal: AbortSignal): void {
  const frame = requestAnimationFrame(go);
  const timer = setTimeout(go, FRAME_TIMEOUT_MS);
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  function go() {
    cancel();
    run();
  }
  signal.addEventListener("abort", cancel);
}
