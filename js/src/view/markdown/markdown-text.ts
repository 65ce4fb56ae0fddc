/** A Markdown text that grows at its end, together with the view of its document. */

import { Markdown } from "../../core/markdown/parser.ts";
import { characterReference } from "../base/dom.ts";
import { DETACHED, type RenderEnvironment } from "./context.ts";
import { DocumentView } from "./document.ts";

export class MarkdownText {
  readonly #markdown = new Markdown({ named: characterReference });
  readonly #view: DocumentView;
  /** How much of the text that was prepared belongs to blocks on the page, which can grow only when it is shown. */
  heldChars = 0;

  constructor(root: HTMLElement, environment: RenderEnvironment = DETACHED) {
    this.#view = new DocumentView(root, environment);
  }

  append(text: string): void {
    this.#markdown.push(text);
    this.#sync();
  }

  /** Parse more text, and make its blocks without a change of the page. */
  prepare(text: string): void {
    this.#markdown.push(text);
    if (!this.#view.prepare(this.#markdown.root)) this.heldChars += text.length;
  }

  /** Show the text that was prepared. */
  show(): void {
    this.#sync();
  }

  /** Mark the text as complete. Text that was held back is shown, and all of the text is final. */
  end(): void {
    this.#markdown.end();
    this.#sync();
  }

  #sync(): void {
    this.heldChars = 0;
    const { root, revised } = this.#markdown;
    this.#view.sync(root, revised);
    revised.clear();
  }
}
