/** The form with the message box, the files that go with the message, and the Send button. */

import { COMPOSER_TEXT } from "../../core/page-text.ts";
import { element } from "../base/dom.ts";
import { type Attached, Attachments } from "./attachments.ts";
import { MessageBox } from "./message-box.ts";
import { ModelMenu } from "./model-menu.ts";
import type { VariableMenu, VariableSource } from "./variable-source.ts";

/** What the user is writing. */
export interface Draft {
  readonly text: string;
  readonly files: readonly Attached[];
}

export type Send = (text: string, files: readonly Attached[]) => void;

export class Composer {
  readonly element: HTMLFormElement;
  /** The end of the form, where the Send button is, and beside it the Stop button while a reply runs. */
  readonly buttons: HTMLElement;
  readonly #box: MessageBox;
  readonly #models: ModelMenu;
  readonly #attachments = new Attachments(() => this.#updateSendButton());
  readonly #sendButton = element(
    "button",
    "nbstream-button nbstream-send",
    { type: "submit" },
    COMPOSER_TEXT.send,
  );
  readonly #sentMessages: () => readonly string[];
  /**
   * The earlier message that was last put back into the box: its text in the box, and its index among the
   * sent messages.
   */
  #recalled = { text: "", index: 0 };
  #isBlocked = false;
  readonly #variables: VariableSource | undefined;
  #menu: VariableMenu | undefined;

  /**
   * @param sentMessages Returns the messages that the user has sent so far, the oldest first.
   * @param selectModel Called with the model that the user has chosen.
   * @param variables The notebook's variables; undefined where there is no notebook.
   * @param name The name of the message box.
   */
  constructor(
    send: Send,
    sentMessages: () => readonly string[],
    selectModel: (model: string) => void = () => {},
    variables?: VariableSource,
    name = COMPOSER_TEXT.box,
  ) {
    this.#models = new ModelMenu(selectModel);
    this.#variables = variables;
    this.#sentMessages = sentMessages;
    this.#box = new MessageBox(name, {
      onChange: () => {
        this.#updateSendButton();
        this.#updateMenu();
      },
      onKey: (event) => this.#menu?.handleKey(event) || this.#recallMessage(event),
    });
    const { element: files, button: attach } = this.#attachments;
    this.buttons = element("div", "nbstream-composer-end", {}, this.#models.element, this.#sendButton);
    const box = element("div", "nbstream-message-frame", {}, this.#box.element);
    const frame = element("div", "nbstream-frame", {}, attach, box, this.buttons);
    this.element = element("form", "nbstream-composer", {}, files, frame);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(send);
    });
    this.#box.element.addEventListener("paste", (event) => {
      const { clipboardData: data } = event;
      // Spreadsheets and word processors copy a text together with a picture of it. The user means the text.
      const hasText = data?.types.includes("text/html") && data.types.includes("text/plain");
      if (data && data.files.length > 0 && !hasText) this.#addFiles(event, data);
    });
    this.#updateSendButton();
  }

  /**
   * Update the Send button.
   *
   * @param isBlocked Whether sending is impossible now.
   * @param isReplyRunning Whether a reply is running, so that a sent message waits until the reply has ended.
   */
  paint(isBlocked: boolean, isReplyRunning: boolean): void {
    this.#isBlocked = isBlocked;
    const title = isReplyRunning ? COMPOSER_TEXT.sendLaterTitle : COMPOSER_TEXT.sendTitle;
    if (this.#sendButton.title !== title) this.#sendButton.title = title;
    this.#updateSendButton();
  }

  /** Show the models that the user can choose from, or in the empty box the only one; see `ModelMenu.paint`. */
  paintModels(names: readonly string[], chosen: string | undefined, isBlocked: boolean): void {
    this.#models.paint(names, chosen, isBlocked);
    if (names.length === 0 && chosen) this.#box.placeholder = COMPOSER_TEXT.placeholder(chosen);
  }

  /** Accept files dropped anywhere on this element. The browser or the host would open them otherwise. */
  acceptDrops(area: HTMLElement): void {
    const onDrag = (event: DragEvent) => {
      const hasFiles = event.type === "dragover" && event.dataTransfer?.types.includes("Files") === true;
      area.classList.toggle("nbstream-dropping", hasFiles);
      if (!hasFiles) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    };
    area.addEventListener("dragover", onDrag);
    area.addEventListener("dragleave", onDrag);
    area.addEventListener("drop", (event) => {
      onDrag(event);
      const { dataTransfer: data } = event;
      if (data?.types.includes("Files")) this.#addFiles(event, data);
    });
  }

  /** Put a sent message back into the box, below the text that the box already has. */
  restore(text: string, files: readonly (Attached | string)[]): void {
    this.#box.setText([this.#box.text, text].filter((part) => part.trim()).join("\n\n"));
    this.#attachments.addRead(files);
    this.focus();
  }

  /** Empty the form, and return what was in it. */
  takeDraft(): Draft {
    const draft = { text: this.#box.text, files: this.#attachments.removeAll() };
    this.#box.setText("");
    return draft;
  }

  focus(): void {
    this.#box.element.focus({ preventScroll: true });
  }

  #addFiles(event: Event, { files }: DataTransfer): void {
    event.preventDefault();
    event.stopPropagation();
    this.#attachments.add([...files]);
    this.focus();
  }

  get #isEmpty(): boolean {
    return this.#attachments.count === 0 && !this.#box.text.trim();
  }

  #submit(send: Send): void {
    if (this.#sendButton.disabled) return;
    const { text, files } = this.takeDraft();
    send(text, files);
  }

  /** Open the list of variables at an `@`. Its code is loaded at the first one. */
  #updateMenu(): void {
    if (this.#menu) this.#menu.update();
    else if (this.#variables && this.#box.text.includes("@")) void this.#loadMenu(this.#variables);
  }

  async #loadMenu({ list, load }: VariableSource): Promise<void> {
    const attach = await load();
    const box = this.#box.element;
    const choose = (variable: Attached) => this.#attachments.addRead([variable]);
    this.#menu ??= attach?.({ box, frame: box.parentElement as HTMLElement, list, choose });
    this.#menu?.update();
  }

  /** Put the previous or next sent message into the box, unless the box holds a text that the user wrote. */
  #recallMessage({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    const step = ctrlKey || altKey || metaKey ? 0 : key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
    const { text } = this.#box;
    if (step === 0 || (text !== "" && text !== this.#recalled.text)) return false;
    const messages = this.#sentMessages().filter((message) => message.trim());
    const index = (text === "" ? messages.length : this.#recalled.index) + step;
    if (index < 0 || index > messages.length) return false;
    this.#box.setText(messages[index] ?? "");
    this.#recalled = { text: this.#box.text, index };
    return true;
  }

  #updateSendButton(): void {
    this.#sendButton.disabled = this.#isBlocked || this.#attachments.isReading || this.#isEmpty;
  }
}
