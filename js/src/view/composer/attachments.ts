/**
 * The files that will be sent with the next message. They are read, shown as chips, and handed over with the
 * message.
 */

import { FILE_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { cutMiddle, MAX_NAME_CHARS } from "../base/cut-middle.ts";
import { element, setText, thumbnail } from "../base/dom.ts";
import {
  type Attachment,
  formatSize,
  MAX_TOTAL_BYTES,
  readAttachment,
  tooLargeMessage,
} from "./file-reader.ts";
import type { VariableChip } from "./variable-source.ts";

/** A file or a variable that goes with a message. */
export type Attached = Attachment | VariableChip;

export function isFile(attached: Attached): attached is Attachment {
  return "blob" in attached;
}

export class Attachments {
  /** The chips, and an alert about files that cannot be sent. */
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly #list = element("ul", "nbstream-files", { "aria-label": FILE_TEXT.attached, hidden: "" });
  readonly #alert = element("div", "nbstream-alert", { role: "alert" });
  readonly #attachments: Attached[] = [];
  readonly #onChange: () => void;
  #pendingReads = 0;
  /** Resolves when all files added so far have been read. Files added later are read after that. */
  #lastRead: Promise<void> = Promise.resolve();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    const picker = element("input", "", { type: "file", hidden: "" });
    picker.multiple = true;
    picker.addEventListener("change", () => {
      this.add([...(picker.files ?? [])]);
      picker.value = "";
    });
    this.button = button(FILE_TEXT.attach, () => picker.click(), {
      class: "nbstream-attach",
      title: FILE_TEXT.attachTitle,
    });
    this.element = element("div", "nbstream-attachments", {}, this.#list, picker);
  }

  get count(): number {
    return this.#attachments.length;
  }

  /** Whether some files are not read yet. */
  get isReading(): boolean {
    return this.#pendingReads > 0;
  }

  /**
   * Read files and add them, one after the other. This keeps their order, and it limits the memory, because
   * scaling a photograph takes 50 MB.
   */
  add(files: readonly File[]): Promise<void> {
    this.showError("");
    this.#pendingReads += 1;
    this.#onChange();
    this.#lastRead = this.#lastRead.then(async () => {
      for (const file of files) this.addRead([await readAttachment(file)]);
      this.#pendingReads -= 1;
      this.#onChange();
    });
    return this.#lastRead;
  }

  /**
   * Add variables, and files that were read. A text in the list says why something cannot be sent; the user
   * sees it.
   */
  addRead(files: readonly (Attached | string)[]): void {
    const errors: string[] = [];
    for (const file of files) {
      const bytes = typeof file !== "string" && isFile(file) ? file.blob.size : 0;
      if (typeof file === "string") errors.push(file);
      else if (this.#attachments.some((known) => !isFile(known) && !isFile(file) && known.name === file.name))
        continue;
      else if (this.#totalBytes() + bytes > MAX_TOTAL_BYTES) errors.push(tooLargeMessage(file.name, bytes));
      else {
        this.#attachments.push(file);
        this.#list.append(this.#createChip(file));
      }
    }
    if (errors.length > 0) this.showError([this.#alert.textContent, ...errors].filter(Boolean).join("\n"));
    this.#showList();
  }

  /** Remove all files and return them. */
  removeAll(): readonly Attached[] {
    this.showError("");
    const removed = this.#attachments.splice(0);
    this.#list.replaceChildren();
    this.#showList();
    return removed;
  }

  /**
   * Show the user why a file is missing; "" removes the alert. The alert is removed and added again, so that
   * screen readers read it out.
   */
  showError(text: string): void {
    this.#alert.remove();
    setText(this.#alert, text);
    if (text) this.element.append(this.#alert);
  }

  #totalBytes(): number {
    return this.#attachments.filter(isFile).reduce((sum, { blob }) => sum + blob.size, 0);
  }

  #showList(): void {
    this.#list.hidden = this.count === 0;
    this.#onChange();
  }

  #createChip(attachment: Attached): HTMLElement {
    const { name } = attachment;
    const blob = isFile(attachment) ? attachment.blob : undefined;
    const chip = element("li", "nbstream-file");
    const remove = () => {
      this.#attachments.splice(this.#attachments.indexOf(attachment), 1);
      chip.remove();
      this.#showList();
      // The button of the chip had the focus and was removed together with the chip.
      this.button.focus({ preventScroll: true });
    };
    chip.append(
      (blob && thumbnail(blob)) ?? "",
      element("span", "nbstream-file-name", { title: name, dir: "auto" }, cutMiddle(name, MAX_NAME_CHARS)),
      element(
        "span",
        "nbstream-file-size",
        {},
        isFile(attachment) ? formatSize(attachment.blob.size) : attachment.type,
      ),
      button("×", remove, { "aria-label": FILE_TEXT.remove(name) }),
    );
    return chip;
  }
}
