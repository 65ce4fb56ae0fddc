/** A Markdown text that grows at its end, with its document on the page. */

import { Markdown } from "../../core/markdown/parser.ts";
import { characterReference } from "../base/dom.ts";
import { DETACHED, type RenderEnvironment } from "./context.ts";
import { DocumentView } from "./document.ts";

export class MarkdownText {
  readonly #markdown = new Markdown({ named: characterReference });
  readonly #view: DocumentView;

  constructor(root: HTMLElement, environment: RenderEnvironment = DETACHED) {
    this.#view = new DocumentView(root, environment);
  }

  append(text: string): void {
    this.#markdown.push(text);
    this.#sync();
  }

  /** Mark the text as complete: held-back text is shown and all of it is final. */
  end(): void {
    this.#markdown.end();
    this.#sync();
  }

  #sync(): void {
    const { root, revised } = this.#markdown;
    this.#view.sync(root, revised);
    revised.clear();
  }
}
