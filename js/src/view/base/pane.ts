/** A scrolling box for content that may be long and is shown exactly as it is. */

import { element } from "./dom.ts";

/**
 * Create a pane. Screen readers use its name. The pane can have the focus, so that the user can scroll it
 * with the keyboard.
 */
export function pane(name: string): HTMLElement {
  return element("div", "nbstream-pane", { role: "group", tabindex: "0", "aria-label": name, dir: "ltr" });
}
