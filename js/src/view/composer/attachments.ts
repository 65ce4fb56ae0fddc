/** The files that go with the next message: taken in, made small enough, shown, and given away when it is sent. */

import { button } from "../base/button.ts";
import { element, setText, thumbnail } from "../base/dom.ts";
import {
  type Attachment,
  formatSize,
  MAX_TOTAL_BYTES,
  readAttachment,
  tooLargeMessage,
} from "./file-reader.ts";

export class Attachments {
  /** Files, and what is said of those that cannot be sent. */
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #list = element("ul", "nbstream-files", { "aria-label": "Attached files", hidden: "" });
  readonly #alert = element("div", "nbstream-alert", { role: "alert" });
  readonly #taken: Attachment[] = [];
  readonly #changed: () => void;
  #reading = 0;
  #line: Promise<void> = Promise.resolve();

  constructor(changed: () => void) {
    this.#changed = changed;
    const picker = element("input", "", { type: "file", hidden: "" });
    picker.multiple = true;
    picker.addEventListener("change", () => {
      this.add([...(picker.files ?? [])]);
      picker.value = "";
    });
    this.button = button("Attach", () => picker.click(), {
      title: "Images, PDFs and text files; they can be pasted and dropped too",
    });
    this.element = element("div", "nbstream-attachments", {}, this.#list, picker);
  }

  get count(): number {
    return this.#taken.length;
  }

  /** Some are not read yet. */
  get isReading(): boolean {
    return this.#reading > 0;
  }

  /** One after the other: they keep their order, and a photograph takes 50 MB while it is scaled down. */
  add(files: readonly File[]): Promise<void> {
    this.showError("");
    this.#reading += 1;
    this.#changed();
    this.#line = this.#line.then(async () => {
      for (const file of files) this.addRead([await readAttachment(file)]);
      this.#reading -= 1;
      this.#changed();
    });
    return this.#line;
  }

  /** Put files here that were read, and say of the others why not. */
  addRead(files: readonly (Attachment | string)[]): void {
    const refused: string[] = [];
    for (const file of files) {
      const size = typeof file === "string" ? 0 : file.blob.size;
      if (typeof file === "string") refused.push(file);
      else if (this.#bytes() + size > MAX_TOTAL_BYTES) refused.push(tooLargeMessage(file.name, size));
      else {
        this.#taken.push(file);
        this.#list.append(this.#chip(file));
      }
    }
    if (refused.length > 0) this.showError([this.#alert.textContent, ...refused].filter(Boolean).join("\n"));
    this.#show();
  }

  /** Hand all over. */
  removeAll(): readonly Attachment[] {
    this.showError("");
    const taken = this.#taken.splice(0);
    this.#list.replaceChildren();
    this.#show();
    return taken;
  }

  /** Say why something is not here; an alert is read out when it comes onto the page. */
  showError(text: string): void {
    this.#alert.remove();
    setText(this.#alert, text);
    if (text) this.element.append(this.#alert);
  }

  #bytes(): number {
    return this.#taken.reduce((sum, { blob }) => sum + blob.size, 0);
  }

  #show(): void {
    this.#list.hidden = this.count === 0;
    this.#changed();
  }

  #chip(taken: Attachment): HTMLElement {
    const { name, blob } = taken;
    const chip = element("li", "nbstream-file");
    const remove = () => {
      this.#taken.splice(this.#taken.indexOf(taken), 1);
      chip.remove();
      this.#show();
      // What had the focus is gone.
      this.button.focus({ preventScroll: true });
    };
    chip.append(
      thumbnail(blob) ?? "",
      element("span", "nbstream-file-name", { title: name, dir: "auto" }, name),
      element("span", "nbstream-file-size", {}, formatSize(blob.size)),
      button("×", remove, { "aria-label": `Remove ${name}` }),
    );
    return chip;
  }
}
