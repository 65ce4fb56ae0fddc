/** View of a block of mermaid as a diagram: a button, and below the code the diagram that the host draws. */

import { CODE_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";

/** Draws a diagram, and returns the element that shows it; undefined for one that is not drawn. */
export type Draw = (source: string) => Promise<HTMLElement> | undefined;

export class Diagram {
  readonly button: HTMLButtonElement;
  readonly element = element("div", "nbstream-diagram", { hidden: "" });

  /** @param source Returns the block's text. */
  constructor(source: () => string, draw: Draw) {
    this.button = button(CODE_TEXT.showDiagram, () => this.#toggle(source(), draw), {
      "aria-expanded": "false",
    });
  }

  async #toggle(source: string, draw: Draw): Promise<void> {
    const isShown = this.element.hidden;
    setAttribute(this.element, "hidden", isShown ? undefined : "");
    setAttribute(this.button, "aria-expanded", String(isShown));
    setText(this.button, isShown ? CODE_TEXT.hideDiagram : CODE_TEXT.showDiagram);
    if (!isShown || this.element.hasChildNodes()) return;
    try {
      const drawn = await draw(source);
      this.element.append(drawn ?? CODE_TEXT.diagramNamesAddress);
    } catch {
      this.element.append(CODE_TEXT.diagramBroken);
    }
  }
}
