/** A box for content that is shown exactly as it is. */

import { element } from "./dom.ts";

/** Create a pane. Screen readers use its name. */
export function pane(name: string): HTMLElement {
  return element("div", "nbstream-pane", { role: "group", "aria-label": name, dir: "ltr" });
}
