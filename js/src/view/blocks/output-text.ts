/** View of structured output: the fields and rows of an answer that is JSON, while they come. */

import type { Columns } from "../../core/saved/output-columns.ts";
import { element } from "../base/dom.ts";
import type { ConvertOutput } from "../markdown/assets.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";

/** A text that grows at its end. */
export interface GrowingText {
  append(text: string): void;
  /** Mark the text as complete. */
  end(): void;
}

/** Shows the answer as it is, if the asset that lays it out cannot be fetched. */
const showAsCode: ConvertOutput = (_, text) => `\`\`\`json\n${text}`;

export class OutputText implements GrowingText {
  readonly #root: HTMLElement;
  readonly #environment: RenderEnvironment;
  readonly #columns: Columns;
  #json = "";
  #convert: ConvertOutput | undefined;
  #markdown = "";
  #view: MarkdownText;
  #isScheduled = false;
  #hasEnded = false;

  constructor(root: HTMLElement, environment: RenderEnvironment, columns: Columns) {
    // The answer may move what it shows to another element.
    this.#root = root.appendChild(element("div", ""));
    this.#environment = environment;
    this.#columns = columns;
    this.#view = new MarkdownText(this.#root, environment);
    environment.assets.output().then((convert = showAsCode) => {
      this.#convert = convert;
      this.#schedule();
    });
  }

  append(text: string): void {
    this.#json += text;
    this.#schedule();
  }

  end(): void {
    this.#hasEnded = true;
    this.#schedule();
  }

  /** Show the text once in an update of the page, because the whole of it is laid out each time. */
  #schedule(): void {
    if (this.#isScheduled || !this.#convert) return;
    this.#isScheduled = true;
    this.#environment.schedule(() => this.#sync());
  }

  #sync(): void {
    this.#isScheduled = false;
    const markdown = this.#convert?.("markdown", this.#json, this.#columns) ?? "";
    if (!markdown.startsWith(this.#markdown)) {
      this.#root.replaceChildren();
      this.#view = new MarkdownText(this.#root, this.#environment);
      this.#markdown = "";
    }
    if (markdown !== this.#markdown) this.#view.append(markdown.slice(this.#markdown.length));
    this.#markdown = markdown;
    if (this.#hasEnded) this.#view.end();
  }
}
