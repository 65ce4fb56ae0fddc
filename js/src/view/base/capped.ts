/** A long text in a low box: its end is cut off, and a button shows all of it. The box itself never scrolls. */

import { CHAT_TEXT } from "../../core/page-text.ts";
import { button } from "./button.ts";
import { element, setAttribute, setText } from "./dom.ts";

/** What to do when the size of a box has changed. One observer serves all boxes of the page. */
const updates = new WeakMap<Element, () => void>();
const observer = new ResizeObserver((entries) => {
  // The button changes the height of boxes around it, of which the browser would report in vain in this frame.
  requestAnimationFrame(() => {
    for (const { target } of entries) updates.get(target)?.();
  });
});

/**
 * Wrap a box whose height the style sheet limits, and add the button that lifts the limit.
 *
 * @param name The name of the content, for the button.
 */
export function capped(box: HTMLElement, name: string): HTMLElement {
  const all = button("", () => open(!root.classList.contains("nbstream-whole")), {
    class: "nbstream-show-all",
    hidden: "",
  });
  const root = element("div", "nbstream-capped", {}, box, all);
  const open = (isWhole: boolean) => {
    root.classList.toggle("nbstream-whole", isWhole);
    paint();
  };
  const paint = () => {
    const isWhole = root.classList.contains("nbstream-whole");
    const isCut = !isWhole && box.scrollHeight > box.clientHeight + 1;
    root.classList.toggle("nbstream-cut", isCut);
    setAttribute(all, "hidden", isCut || isWhole ? undefined : "");
    setAttribute(all, "aria-expanded", String(isWhole));
    setText(all, isWhole ? CHAT_TEXT.showLess : isCut ? CHAT_TEXT.showAll : "");
    setAttribute(all, "aria-label", isWhole ? CHAT_TEXT.showLessOf(name) : CHAT_TEXT.showAllOf(name));
  };
  // Find-in-page and a selection scroll a box to what they have found, and it is to be seen whole then.
  box.addEventListener("scroll", () => box.scrollTop > 0 && open(true), { passive: true });
  updates.set(box, paint);
  observer.observe(box);
  return root;
}
