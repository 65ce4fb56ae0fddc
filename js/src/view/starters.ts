/** What a reader of an empty conversation may begin with: a press sends it. */

import { element, setAttribute } from "./dom.ts";

export class Starters {
  readonly element: HTMLElement;
  readonly #texts: readonly string[];

  constructor(texts: readonly string[], send: (text: string) => void) {
    this.#texts = texts;
    this.element = element("div", "nbstream-starters", {
      role: "group",
      "aria-label": "Suggestions",
      hidden: "",
    });
    for (const text of texts) {
      const button = element("button", "nbstream-button", { type: "button", dir: "auto" }, text);
      button.addEventListener("click", () => send(text));
      this.element.append(button);
    }
  }

  /** `open`: nothing was said yet. */
  paint(open: boolean): void {
    setAttribute(this.element, "hidden", open && this.#texts.length > 0 ? undefined : "");
  }
}
