/** The message box. */

import { element } from "./dom.ts";

export class Composer {
  readonly element: HTMLFormElement;
  readonly #box: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  #running = false;

  constructor(send: (text: string) => void) {
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
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit(send);
    });
    this.#box.addEventListener("input", () => this.#enable());
    this.#enable();
  }

  paint(running: boolean): void {
    this.#running = running;
    this.#enable();
  }

  #submit(send: (text: string) => void): void {
    const text = this.#box.value;
    if (this.#running || !text.trim()) return;
    this.#box.value = "";
    this.#running = true;
    this.#enable();
    send(text);
  }

  #enable(): void {
    this.#send.disabled = this.#running || !this.#box.value.trim();
  }
}
