/** Markdown that grows at its end. */

import { Markdown } from "../../core/markdown/parser.ts";
import { characterReference } from "../base/dom.ts";
import { DETACHED, type RenderEnvironment } from "./context.ts";
import { DocumentView } from "./document.ts";

export class MarkdownText {
  readonly #markdown = new Markdown({ named: characterReference });
  readonly #view: DocumentView;

  constructor(root: HTMLElement, surroundings: RenderEnvironment = DETACHED) {
    this.#view = new DocumentView(root, surroundings);
  }

  append(text: string): void {
    this.#markdown.push(text);
    this.#sync();
  }

  /** Nothing follows: what was held back shows, and all of it is final. */
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
