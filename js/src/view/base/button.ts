/** The widget's buttons: all have the same class and never submit a form. */

import { element } from "./dom.ts";

/**
 * Create a button.
 *
 * @param name Its text.
 * @param onPress Called at each click.
 * @param attributes More attributes; a `class` is added to the button's own class.
 */
export function button(
  name: string,
  onPress: () => unknown,
  { class: extraClass = "", ...attributes }: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const className = `nbstream-button ${extraClass}`.trim();
  const node = element("button", className, { type: "button", ...attributes }, name);
  node.addEventListener("click", onPress);
  return node;
}
