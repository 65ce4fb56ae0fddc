/** The menu of models beside the message box: a native select, which every device and screen reader knows. */

import { COMPOSER_TEXT } from "../../core/page-text.ts";
import { element } from "../base/dom.ts";

export class ModelMenu {
  readonly element = element("select", "nbstream-models", {
    "aria-label": COMPOSER_TEXT.model,
    title: COMPOSER_TEXT.modelTitle,
    hidden: "",
  });
  #names: readonly string[] = [];

  /** @param select Called with the name that the user has chosen. */
  constructor(select: (model: string) => void) {
    this.element.addEventListener("change", () => select(this.element.value));
  }

  /**
   * Show the names, or nothing if there are none.
   *
   * @param isBlocked Whether no choice would arrive.
   */
  paint(names: readonly string[], chosen: string | undefined, isBlocked: boolean): void {
    const menu = this.element;
    if (names.join() !== this.#names.join()) {
      this.#names = names;
      menu.replaceChildren(...names.map((name) => element("option", "", {}, name)));
      menu.hidden = names.length === 0;
    }
    // A select that is set while it is open would close.
    if (chosen !== undefined && menu.value !== chosen) menu.value = chosen;
    menu.disabled = isBlocked;
  }
}
