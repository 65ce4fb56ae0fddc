/** Reconnects a page to its kernel after the host has given up on the connection. */

import type { Route } from "./jupyter.ts";

/**
 * Interval between this page's attempts. JupyterLab itself makes only seven attempts within two minutes, and
 * none after an orderly close (for example of a gateway that restarts). A laptop sleeps longer than that, so
 * this page goes on trying.
 */
export const RECONNECT_INTERVAL_MS = 15_000;

/** Make the host reconnect while `isNeeded` returns true. */
export function keepConnected(
  route: Pick<Route, "reconnect">,
  isNeeded: () => boolean,
  signal: AbortSignal,
): void {
  const reconnect = () => {
    if (isNeeded()) route.reconnect();
  };
  document.addEventListener("visibilitychange", () => document.hidden || reconnect(), { signal });
  addEventListener("online", reconnect, { signal });
  const timer = setInterval(reconnect, RECONNECT_INTERVAL_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
