/** The Copy button, which works in every browser and in every kind of frame. */

import { COPY_TEXT } from "../../core/page-text.ts";
import { button } from "./button.ts";
import { element, setAttribute, setText } from "./dom.ts";

/** Time for which the button shows whether copying worked. */
const OUTCOME_MS = 1_500;

/**
 * Create a button that copies `text()` and shows for a moment whether that worked.
 *
 * @param name The button's name for screen readers; it contains the label, for people who speak to the page.
 */
export function copyButton(
  name: string,
  title: string,
  text: () => string | Promise<string>,
  label: string = COPY_TEXT.copy,
): HTMLButtonElement {
  const icon = label === COPY_TEXT.copy ? "nbstream-icon nbstream-copy" : "";
  const show = (shown: string, spoken = shown, shownIcon = icon) => {
    setText(node, shown);
    setAttribute(node, "aria-label", spoken);
    node.className = `nbstream-button ${shownIcon}`.trim();
  };
  const copyAndReport = async () => {
    if (await copyText(await text()))
      show(COPY_TEXT.copied, COPY_TEXT.copied, icon && "nbstream-icon nbstream-copied");
    else show(COPY_TEXT.notCopied, COPY_TEXT.notCopied, "");
    setTimeout(() => show(label, name), OUTCOME_MS);
  };
  const node = button(label, copyAndReport, { title, "aria-label": name, class: icon });
  return node;
}

/** Put a text on the clipboard; returns whether that worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The page is not secure, or its frame lacks the permission. Copying by selection needs neither.
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const active = document.activeElement;
  const box = element("textarea", "nbstream-offstage", { "aria-hidden": "true", tabindex: "-1" });
  box.value = text;
  document.body.append(box);
  const setExactText = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", setExactText, { capture: true });
  box.select();
  const isCopied = document.execCommand("copy");
  document.removeEventListener("copy", setExactText, { capture: true });
  box.remove();
  if (active instanceof HTMLElement) active.focus({ preventScroll: true });
  return isCopied;
}
