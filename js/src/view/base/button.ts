/** A button as all of them are here. */

import { element } from "./dom.ts";

/** `more` are attributes; a class there comes beside the button's own. */
export function button(
  name: string,
  press: () => unknown,
  { class: also = "", ...more }: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const made = element("button", `nbstream-button ${also}`.trim(), { type: "button", ...more }, name);
  made.addEventListener("click", press);
  return made;
}
