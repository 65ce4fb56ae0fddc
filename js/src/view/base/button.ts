/** The widget's buttons: all have the same class and never submit a form. */

import { element } from "./dom.ts";

/**
 * Create a button.
 *
 * @param name The button's text.
 * @param onPress Called at each click.
 * @param attributes More attributes. A `class` among them is added to the class that every button has.
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
