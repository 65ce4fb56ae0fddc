/** A scrolling box for content that may be long and is shown exactly as it is. */

import { element } from "./dom.ts";

/** Create a pane. Its name is for screen readers; it takes the focus, so that the keyboard can scroll it. */
export function pane(name: string): HTMLElement {
  return element("div", "nbstream-pane", { role: "group", tabindex: "0", "aria-label": name, dir: "ltr" });
}
