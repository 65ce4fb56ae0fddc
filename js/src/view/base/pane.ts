import { element } from "./dom.ts";

/** A scrolling box for what may be long and is shown as it is. */
export function pane(name: string): HTMLElement {
  return element("div", "nbstream-pane", { role: "group", tabindex: "0", "aria-label": name, dir: "ltr" });
}
