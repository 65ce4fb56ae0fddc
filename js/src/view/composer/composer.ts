/** The message box, with the files that go with its text. */

import { element } from "../base/dom.ts";
import { Attachments } from "./attachments.ts";
import type { Attachment } from "./file-reader.ts";
import { MessageBox } from "./message-box.ts";

export type Send = (text: string, files: readonly Attachment[]) => void;

export class Composer {
  readonly element: HTMLFormElement;
  readonly #box: MessageBox;
  readonly #attachments = new Attachments(() => this.#enable());
  readonly #send = element("button", "nbstream-button", { type: "submit" }, "Send");
  readonly #sent: () => readonly string[];
  /** The text that the box was given, as it has it, and which of the messages that is. */
  #recalled = { text: "", place: 0 };
  #held = false;

  /** `sent` tells the messages so far, the oldest first. */
  constructor(send: Send, sent: () => readonly string[]) {
    this.#sent = sent;
    this.#box = new MessageBox("Message", {
      onChange: () => this.#enable(),
      onKey: (event) => this.#recalls(event),
    });
    const { element: files, button: attach } = this.#attachments;
    this.element = element("form", "nbstream-composer", {}, files, this.#box.element, attach, this.#send);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(send);
    });
    this.#box.element.addEventListener("paste", (event) => {
      const { clipboardData: data } = event;
      // Spreadsheets and word processors add a picture to what is copied there: its text is meant.
      const written = data?.types.includes("text/html") && data.types.includes("text/plain");
      if (data && data.files.length > 0 && !written) this.#take(event, data);
    });
    this.#enable();
  }

  /** `held`: nothing can be sent now. `running`: what is sent waits. */
  paint(held: boolean, running: boolean): void {
    this.#held = held;
    const title = running ? "Send when the answer has ended" : "";
    if (this.#send.title !== title) this.#send.title = title;
    this.#enable();
  }

  /** Take files that are dropped anywhere on this element; the page itself and its host would open them. */
  acceptDrops(area: HTMLElement): void {
    const over = (event: DragEvent) => {
      const files = event.type === "dragover" && event.dataTransfer?.types.includes("Files") === true;
      area.classList.toggle("nbstream-dropping", files);
      if (!files) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    };
    area.addEventListener("dragover", over);
    area.addEventListener("dragleave", over);
    area.addEventListener("drop", (event) => {
      over(event);
      const { dataTransfer: data } = event;
      if (data?.types.includes("Files")) this.#take(event, data);
    });
  }

  /** Give back what was sent, beside what stands in the box. */
  restore(text: string, files: readonly (Attachment | string)[]): void {
    this.#box.setText([this.#box.text, text].filter((part) => part.trim()).join("\n\n"));
    this.#attachments.addRead(files);
    this.focus();
  }

  focus(): void {
    this.#box.element.focus({ preventScroll: true });
  }

  #take(event: Event, { files }: DataTransfer): void {
    event.preventDefault();
    event.stopPropagation();
    this.#attachments.add([...files]);
    this.focus();
  }

  get #empty(): boolean {
    return this.#attachments.count === 0 && !this.#box.text.trim();
  }

  #submit(send: Send): void {
    if (this.#send.disabled) return;
    const { text } = this.#box;
    const files = this.#attachments.removeAll();
    this.#box.setText("");
    send(text, files);
  }

  /** Up and down go through what was sent, as long as the box has nothing that the reader wrote. */
  #recalls({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    const step = ctrlKey || altKey || metaKey ? 0 : key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
    const { text } = this.#box;
    if (step === 0 || (text !== "" && text !== this.#recalled.text)) return false;
    const sent = this.#sent().filter((message) => message.trim());
    const place = (text === "" ? sent.length : this.#recalled.place) + step;
    if (place < 0 || place > sent.length) return false;
    this.#box.setText(sent[place] ?? "");
    this.#recalled = { text: this.#box.text, place };
    return true;
  }

  #enable(): void {
    this.#send.disabled = this.#held || this.#attachments.isReading || this.#empty;
  }
}
