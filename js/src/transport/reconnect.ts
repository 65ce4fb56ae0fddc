/** Gets a page back to its kernel where the host has given up on the connection. */

import type { Route } from "./jupyter.ts";

/**
 * Milliseconds between tries. JupyterLab makes seven of its own, within two minutes, and none after an orderly
 * close (a gateway that restarts); a laptop sleeps for longer.
 */
export const TRY_AGAIN = 15_000;

/** While `wanted`, the host is told to try again; `back` is called whenever the connection stands again. */
export function stayConnected(
  route: Route,
  wanted: () => boolean,
  back: () => void,
  signal: AbortSignal,
): void {
  const tryAgain = () => {
    if (wanted()) route.reconnect();
  };
  document.addEventListener("visibilitychange", () => document.hidden || tryAgain(), { signal });
  addEventListener("online", tryAgain, { signal });
  const timer = setInterval(tryAgain, TRY_AGAIN);
  signal.addEventListener("abort", () => clearInterval(timer));
  route.onReturn(back, signal);
}
