/** Times of the page's updates: after a wait, and on which frame of the screen. */

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
