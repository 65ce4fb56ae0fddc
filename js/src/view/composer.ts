/** The message box. */

import { element, fitHeight } from "./dom.ts";

export class Composer {
  readonly element: HTMLFormElement;
  readonly #box: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #sent: () => readonly string[];
  /** The text that the box was given, as it has it, and which of the messages that is. */
  #recalled = { text: "", place: 0 };
  #running = false;

  /** `sent` tells the messages so far, the oldest first. */
  constructor(send: (text: string) => void, sent: () => readonly string[]) {
    this.#sent = sent;
    this.#box = element("textarea", "nbstream-message", {
      "aria-label": "Message",
      placeholder: "Message",
      rows: "1",
      // Lumino, which runs JupyterLab's shortcuts, leaves keys alone that are pressed in here.
      "data-lm-suppress-shortcuts": "true",
    });
    this.#send = element("button", "nbstream-button", { type: "submit" }, "Send");
    this.element = element("form", "nbstream-composer", {}, this.#box, this.#send);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(send);
    });
    this.#box.addEventListener("keydown", (event) => {
      if (isComposing(event) || event.shiftKey) return;
      if (event.key === "Enter") this.#submit(send);
      else if (!this.#recalls(event)) return;
      event.preventDefault();
    });
    // JupyterLab (4.6) waits at a key's target for what it puts in, and takes line breaks back in all of a cell.
    this.#box.addEventListener("beforeinput", (event) => event.stopImmediatePropagation());
    this.#box.addEventListener("input", () => this.#changed());
    this.#enable();
  }

  paint(running: boolean): void {
    this.#running = running;
    this.#enable();
  }

  #submit(send: (text: string) => void): void {
    const text = this.#box.value;
    if (this.#running || !text.trim()) return;
    this.#running = true;
    this.#fill("");
    send(text);
  }

  /** Up and down go through what was sent, as long as the box has nothing that the reader wrote. */
  #recalls({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    const step = ctrlKey || altKey || metaKey ? 0 : key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
    const { value } = this.#box;
    if (step === 0 || (value !== "" && value !== this.#recalled.text)) return false;
    const sent = this.#sent().filter((text) => text.trim());
    const place = (value === "" ? sent.length : this.#recalled.place) + step;
    if (place < 0 || place > sent.length) return false;
    this.#fill(sent[place] ?? "");
    // The box has its own line ends.
    this.#recalled = { text: this.#box.value, place };
    return true;
  }

  #fill(text: string): void {
    this.#box.value = text;
    this.#changed();
  }

  #changed(): void {
    fitHeight(this.#box);
    this.#enable();
  }

  #enable(): void {
    this.#send.disabled = this.#running || !this.#box.value.trim();
  }
}

/** WebKit sends the key that ends a composition after it; what tells it from others is the code. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
