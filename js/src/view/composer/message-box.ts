/** A box for a text: Enter submits the form it is in. It is safe from the keys of the page around it. */

import { element } from "../base/dom.ts";

interface MessageBoxHandlers {
  /** The text is another. */
  readonly onChange: () => void;
  /** Another key was pressed, without Shift; whether it did something. */
  readonly onKey: (event: KeyboardEvent) => boolean;
}

export class MessageBox {
  readonly element: HTMLTextAreaElement;
  readonly #told: MessageBoxHandlers;

  constructor(name: string, told: MessageBoxHandlers) {
    this.#told = told;
    this.element = element("textarea", "nbstream-message", {
      "aria-label": name,
      placeholder: name,
      rows: "1",
      // Lumino, which runs JupyterLab's shortcuts, leaves keys alone that are pressed in here.
      "data-lm-suppress-shortcuts": "true",
    });
    this.element.addEventListener("keydown", (event) => {
      if (isComposing(event) || event.shiftKey) return;
      if (event.key === "Enter") this.element.form?.requestSubmit();
      else if (!told.onKey(event)) return;
      event.preventDefault();
    });
    // JupyterLab (4.6) waits at a key's target for what it puts in, and takes line breaks back in all of a cell.
    this.element.addEventListener("beforeinput", (event) => event.stopImmediatePropagation());
    this.element.addEventListener("input", () => this.#changed());
  }

  /** The text as the box has it, with its own line ends. */
  get text(): string {
    return this.element.value;
  }

  setText(text: string): void {
    this.element.value = text;
    this.#changed();
  }

  #changed(): void {
    fitHeight(this.element);
    this.#told.onChange();
  }
}

/** WebKit sends the key that ends a composition after it; what tells it from others is the code. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Make a box as high as its text where `field-sizing` does not; CSS says where that ends. */
function fitHeight(box: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}
