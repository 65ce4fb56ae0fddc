/** Markdown that grows at its end. */

import type { Document } from "../../core/markdown/tree.ts";
import { ALONE, DocumentView, type Surroundings } from "./document.ts";

/** What is used of the parser. */
interface Growing {
  readonly root: Document;
  /** Leaves and tables that a late definition changed since this was last emptied. */
  readonly revised: Set<object>;
  push(text: string): void;
  end(): void;
}

export class MarkdownText {
  readonly #markdown: Growing;
  readonly #view: DocumentView;

  constructor(root: HTMLElement, surroundings: Surroundings = ALONE, markdown: Growing = new Raw()) {
    this.#markdown = markdown;
    this.#view = new DocumentView(root, surroundings);
  }

  append(text: string): void {
    this.#markdown.push(text);
    this.#sync();
  }

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

/** Until the parser is there: one paragraph a line. */
class Raw implements Growing {
  readonly root: Document = { kind: "document", children: [], settled: 0 };
  readonly revised = new Set<object>();
  #text = "";
  push(text: string): void {
    this.#text += text;
    this.root.children = this.#text
      .split("\n\n")
      .map((text) => ({ kind: "paragraph", level: 0, inlines: [{ kind: "text", text }], settled: 0 }));
    this.root.settled = this.root.children.length - 1;
  }
  end(): void {
    this.root.settled = this.root.children.length;
  }
}
