/** A text box in which Enter submits the form, and the page's keyboard shortcuts have no effect. */

import { element } from "../base/dom.ts";

interface MessageBoxHandlers {
  readonly onChange: () => void;
  /** Called for each key that is pressed without Shift. Returns whether the key is handled. */
  readonly onKey: (event: KeyboardEvent) => boolean;
}

export class MessageBox {
  readonly element: HTMLTextAreaElement;
  readonly #handlers: MessageBoxHandlers;

  constructor(name: string, handlers: MessageBoxHandlers) {
    this.#handlers = handlers;
    this.element = element("textarea", "nbstream-message", {
      "aria-label": name,
      placeholder: name,
      rows: "1",
      // Lumino, the library that runs JupyterLab's shortcuts, ignores keys that are pressed in an element
      // with this attribute.
      "data-lm-suppress-shortcuts": "true",
    });
    this.element.addEventListener("keydown", (event) => {
      if (isComposing(event) || event.shiftKey) return;
      const isHandled = handlers.onKey(event);
      const isSent = !isHandled && event.key === "Enter" && !breaksLine(event);
      if (isSent) this.element.form?.requestSubmit();
      if (isHandled || isSent) event.preventDefault();
    });
    // JupyterLab 4.6 listens for `beforeinput` on the focused element, and undoes line breaks if that element
    // is inside a cell.
    this.element.addEventListener("beforeinput", (event) => event.stopImmediatePropagation());
    this.element.addEventListener("input", () => this.#handleChange());
  }

  /** The text of the box, with line ends as the browser normalises them. */
  get text(): string {
    return this.element.value;
  }

  /** Set the words that stand in the empty box. Its name for screen readers stays. */
  set placeholder(text: string) {
    if (this.element.placeholder !== text) this.element.placeholder = text;
  }

  setText(text: string): void {
    this.element.value = text;
    this.#handleChange();
  }

  #handleChange(): void {
    fitHeight(this.element);
    this.#handlers.onChange();
  }
}

/**
 * Whether a key belongs to the composition of a character by an input method. WebKit sends the last such key
 * after the composition, with the code 229.
 */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether Enter breaks the line. The keyboard of a touch screen has no Shift+Enter, and the Send button is near. */
function breaksLine({ ctrlKey, metaKey }: KeyboardEvent): boolean {
  return !ctrlKey && !metaKey && matchMedia("(pointer: coarse)").matches;
}

/** Make a box as high as its text in browsers without `field-sizing`; the style sheet limits the height. */
function fitHeight(box: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}
