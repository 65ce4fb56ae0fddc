/** The button that copies, in every browser and frame. */

import { button } from "./button.ts";
import { element, setText } from "./dom.ts";

/** How long the button says that it has copied. */
const SAID = 1_500;

export function copyButton(title: string, text: () => string): HTMLButtonElement {
  const press = async () => {
    setText(made, (await copyText(text())) ? "Copied" : "Not copied");
    setTimeout(() => setText(made, "Copy"), SAID);
  };
  const made = button("Copy", press, { title });
  return made;
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not a secure page, or a frame without the permission: the old way needs neither.
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const active = document.activeElement;
  const box = element("textarea", "nbstream-offstage", { "aria-hidden": "true", tabindex: "-1" });
  box.value = text;
  document.body.append(box);
  const exact = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", exact, { capture: true });
  box.select();
  const done = document.execCommand("copy");
  document.removeEventListener("copy", exact, { capture: true });
  box.remove();
  if (active instanceof HTMLElement) active.focus({ preventScroll: true });
  return done;
}
