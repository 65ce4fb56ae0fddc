/** View of a message that is edited: the user changes its text, and everything else in it is sent again. */

import { BLOCK_TEXT, COMPOSER_TEXT, FILE_TEXT, TURN_TEXT } from "../../core/page-text.ts";
import type { Block, Turn } from "../../core/transcript.ts";
import { isTyped, typedTextOf } from "../../core/turn-text.ts";
import { button } from "../base/button.ts";
import { cutMiddle, MAX_NAME_CHARS } from "../base/cut-middle.ts";
import { element } from "../base/dom.ts";
import { asLine } from "../base/untrusted.ts";
import { imageOrFallback, mediaFacts, mediaName } from "../blocks/media.ts";
import { MessageBox } from "../composer/message-box.ts";

/** The form in which a message is edited: its text in a box, and its tables, images and files as chips that can be removed. */
export class MessageEditor {
  readonly element: HTMLFormElement;
  readonly #box: MessageBox;
  readonly #sendButton = element(
    "button",
    "nbstream-button nbstream-primary",
    { type: "submit" },
    COMPOSER_TEXT.send,
  );
  #isIdle = true;

  constructor(turn: Turn, send: (text: string, drops: readonly number[]) => void, cancel: () => void) {
    this.#box = new MessageBox(TURN_TEXT.editedText, {
      onChange: () => this.paint(this.#isIdle),
      onKey: (event) => {
        if (event.key !== "Escape") return false;
        event.stopPropagation();
        cancel();
        return true;
      },
    });
    const drops: number[] = [];
    const files = element("ul", "nbstream-files", { "aria-label": TURN_TEXT.editedFiles });
    for (const [index, block] of turn.blocks.entries()) {
      const drop = () => {
        drops.push(index);
        files.hidden = files.childElementCount === 0;
        // The button of the chip had the focus and was removed together with the chip.
        this.#box.element.focus({ preventScroll: true });
      };
      files.append(createChip(block, drop) ?? "");
    }
    files.hidden = files.childElementCount === 0;
    const buttons = element(
      "div",
      "nbstream-actions",
      {},
      this.#sendButton,
      button(TURN_TEXT.cancel, cancel),
    );
    this.element = element("form", "nbstream-editor", {}, files, this.#box.element, buttons);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#sendButton.disabled) send(this.#box.text, drops);
    });
    this.#box.setText(typedTextOf(turn));
  }

  paint(isIdle: boolean): void {
    this.#isIdle = isIdle;
    this.#sendButton.disabled = !isIdle || !this.#box.text.trim();
  }

  /**
   * Focus the end of the text. The text is set once more, because the height of its box can be computed only
   * now that the box is on the page.
   */
  focus(): void {
    this.#box.setText(this.#box.text);
    this.#box.element.focus({ preventScroll: true });
    this.#box.element.setSelectionRange(-1, -1);
  }
}

/**
 * Create the chip of a block that is sent again with the edited text, unless its button removes it; undefined for
 * text and for results.
 */
function createChip(block: Block, onRemove: () => void): HTMLElement | undefined {
  const { type, data } = block;
  if (isTyped(block) || type.endsWith("tool_result")) return undefined;
  const [name, facts] = type === "text" ? describeTable(block) : [mediaName(block), mediaFacts(data)];
  const label = element(
    "span",
    "nbstream-file-name",
    { title: name, dir: "auto" },
    cutMiddle(name, MAX_NAME_CHARS),
  );
  const image = type === "image" ? imageOrFallback(data, "", element("span", "")) : undefined;
  if (image) image.className = "nbstream-thumbnail";
  const size = element("span", "nbstream-file-size", {}, facts);
  const remove = () => {
    chip.remove();
    onRemove();
  };
  const removeButton = button("×", remove, { "aria-label": FILE_TEXT.remove(name) });
  const chip = element("li", "nbstream-file", {}, image ?? "", label, size, removeButton);
  return chip;
}

/** Return the kind and the size of a table, which its first line names. */
function describeTable({ parts }: Block): [kind: string, size: string] {
  const [line = ""] = parts.join("").split("\n", 1);
  const [kind = "", size = ""] = line.split(" (", 1)[0]?.split(/, (.*)/) ?? [];
  return [asLine(kind) || BLOCK_TEXT.table, asLine(size)];
}
