/** Arrival of a chat in a new kernel, because its user has continued it on another page. */

import type { AnyModel } from "@anywidget/types";
import { type ChatState, widgetManagerOf } from "../../transport/jupyter.ts";

const CHECK_INTERVAL_MS = 1_000;

interface Model {
  readonly comm_live?: boolean;
}

interface Manager {
  get_model(id: string): Promise<Model>;
}

/**
 * Resolve once the page has a live model of the chat beside the one whose kernel has ended. Every page that is
 * connected to the kernel gets it, and it has the same id. After the signal's abort, nothing is resolved.
 */
export async function whenArrived(model: AnyModel<ChatState>, signal: AbortSignal): Promise<void> {
  const manager = widgetManagerOf(model) as Manager;
  const find = () => manager.get_model(model.get("_chat")).catch(() => undefined);
  const ended = await find();
  return new Promise((resolve) => {
    if (signal.aborted) return;
    const timer = setInterval(async () => {
      const found = await find();
      if (signal.aborted || !found || found === ended || found.comm_live === false) return;
      clearInterval(timer);
      resolve();
    }, CHECK_INTERVAL_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}
