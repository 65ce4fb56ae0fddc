/** What a reader of an empty conversation may begin with: a press sends it. */

import { button } from "../base/button.ts";
import { element, setAttribute } from "../base/dom.ts";

export class Suggestions {
  readonly element: HTMLElement;
  readonly #texts: readonly string[];

  constructor(texts: readonly string[], send: (text: string) => void) {
    this.#texts = texts;
    this.element = element("div", "nbstream-starters", {
      role: "group",
      "aria-label": "Suggestions",
      hidden: "",
    });
    this.element.append(...texts.map((text) => button(text, () => send(text), { dir: "auto" })));
  }

  /** `open`: nothing was said yet. */
  paint(open: boolean): void {
    setAttribute(this.element, "hidden", open && this.#texts.length > 0 ? undefined : "");
  }
}
