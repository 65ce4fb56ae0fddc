/** Replacement of a chat's view by the view that the chat has in a new kernel. */

import { COMPOSER_TEXT } from "../../core/page-text.ts";
import { isFile } from "../../view/composer/attachments.ts";
import type { Draft } from "../../view/composer/composer.ts";

/** The view may belong to another version of nbstream, so only its public roles are used. */
const MESSAGE_BOX = `textarea[aria-label="${COMPOSER_TEXT.box}"]`;

/** A view that has not shown the conversation in this time is shown as it is. */
const MAX_WAIT_MS = 2_000;

/**
 * Put a new view into an element in place of what the element holds, once the new view shows the conversation.
 * Until then it is hidden, so that nothing flashes.
 *
 * @param takeDraft Returns what the user was writing.
 */
export async function replaceView(el: HTMLElement, view: HTMLElement, takeDraft: () => Draft): Promise<void> {
  const before = [...el.children];
  view.style.display = "none";
  el.append(view);
  await untilShown(view);
  const draft = takeDraft();
  const hadFocus = before.some((node) => node.contains(document.activeElement));
  for (const node of before) node.remove();
  view.style.display = "";
  // JupyterLab clips what is outside of a widget, such as the outline of the focused message box.
  view.style.overflow = "visible";
  const box = view.querySelector<HTMLTextAreaElement>(MESSAGE_BOX);
  if (!box) return;
  fill(box, draft);
  if (hadFocus) box.focus({ preventScroll: true });
}

function untilShown(view: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!view.querySelector(`article`) || !view.querySelector(MESSAGE_BOX)) return;
      finish();
    };
    const observer = new MutationObserver(check);
    const timer = setTimeout(finish, MAX_WAIT_MS);
    function finish() {
      observer.disconnect();
      clearTimeout(timer);
      resolve();
    }
    observer.observe(view, { childList: true, subtree: true });
    check();
  });
}

/** Write a draft into a message box, as the user would do it: the text by typing, the files by dropping them. */
function fill(box: HTMLTextAreaElement, { text, files }: Draft): void {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  // The variables of the earlier kernel are gone.
  const kept = files.filter(isFile);
  if (kept.length === 0) return;
  const dataTransfer = new DataTransfer();
  for (const { name, blob } of kept) dataTransfer.items.add(new File([blob], name, { type: blob.type }));
  box.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
}
