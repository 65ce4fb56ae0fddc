/** The widget's buttons: all have the same class and never submit a form. */

import { CHAT_TEXT } from "../../core/page-text.ts";
import { element, focusedElement } from "./dom.ts";

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

/** Create the button that stops what runs. `stop` may be called twice for one press. */
export function stopButton(stop: () => void): HTMLButtonElement {
  const node = button(CHAT_TEXT.stop, stop, { class: "nbstream-stop", title: CHAT_TEXT.stopTitle });
  // The button moves while the content above it grows. If the mouse is released beside the button, the browser
  // reports no click. The Stop therefore acts when the mouse button is pressed. A touch is not treated in
  // this way, because the finger may be about to scroll, and because the click of a touch goes to the place
  // where the touch began.
  node.addEventListener("pointerdown", ({ button, pointerType }) => {
    if (button === 0 && pointerType !== "touch") stop();
  });
  return node;
}

/**
 * Move the focus to `fallback` if `focused`, the element that had the focus, was removed or disabled and no
 * other element of `root` has got the focus.
 */
export function keepFocus(root: Element, focused: Element, fallback: HTMLElement): void {
  const isLost = !focused.isConnected || focused.matches(":disabled");
  if (isLost && (focusedElement(root) ?? focused) === focused) fallback.focus({ preventScroll: true });
}
