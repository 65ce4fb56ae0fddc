/** Suggested first messages of an empty conversation. A click on one sends it. */

import { COMPOSER_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { element, setAttribute } from "../base/dom.ts";

export class Suggestions {
  readonly element: HTMLElement;
  readonly #texts: readonly string[];

  constructor(texts: readonly string[], send: (text: string) => void) {
    this.#texts = texts;
    this.element = element("div", "nbstream-starters", {
      role: "group",
      "aria-label": COMPOSER_TEXT.suggestions,
      hidden: "",
    });
    this.element.append(...texts.map((text) => button(text, () => send(text), { dir: "auto" })));
  }

  /** Show the suggestions while the conversation is empty. */
  paint(isConversationEmpty: boolean): void {
    const isShown = isConversationEmpty && this.#texts.length > 0;
    setAttribute(this.element, "hidden", isShown ? undefined : "");
  }
}
