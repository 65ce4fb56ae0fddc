/** What a call of a tool gave back, drawn once it is all there. */

import type { Block } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { Feed, feedAll } from "../base/text-feed.ts";
import { count, line, list, records, words } from "../base/untrusted.ts";
import { pictureNode } from "../blocks/media.ts";
import { sourceList } from "../blocks/sources.ts";
import type { Surroundings } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";

export class Result {
  readonly element = element("div", "nbstream-result");
  readonly #block: Block;
  readonly #surroundings: Surroundings;
  #drawn = false;
  #markdown: MarkdownText | undefined;
  #feed: Feed | undefined;

  constructor(block: Block, surroundings: Surroundings) {
    this.#block = block;
    // A table that a tool made is not what Claude says.
    this.#surroundings = { ...surroundings, say: () => {} };
  }

  get at(): number {
    return this.#block.openedAt;
  }

  get failed(): boolean {
    const { error } = this.#block.data;
    return error === true || words(error) !== "";
  }

  get pictured(): boolean {
    return list(this.#block.data.images).length > 0;
  }

  /** `over` is that nothing more comes. Says whether something is left. */
  paint(name: string, over: boolean, until: number): boolean {
    if (!this.#drawn && (over || this.#block.closedAt !== undefined)) this.#draw(name);
    if (!this.#feed) return false;
    if (this.#feed.paint(until) > 0) return true;
    this.#markdown?.end();
    this.#feed = undefined;
    return false;
  }

  #draw(name: string): void {
    this.#drawn = true;
    const { data, parts } = this.#block;
    if (words(data.error)) this.#add("nbstream-alert", `Error: ${line(data.error)}`);
    const text = parts.join("") || words(data.text);
    if (data.markdown === true && !this.failed) this.#draft(text);
    else this.#write(this.failed ? "Error" : "Result", text, this.failed);
    this.#write("Output", words(data.output));
    this.#write("Errors", words(data.errors), true);
    const code = count(data.code);
    if (code) this.#add("nbstream-note", `Exit code ${code}`);
    for (const [index, image] of records(data.images).entries()) {
      const instead = element("p", "nbstream-note", {}, "An image that cannot be shown");
      this.element.append(pictureNode(image, `Image ${index + 1} of ${name}`, instead));
    }
    const sources = records(data.sources);
    if (sources.length > 0) this.element.append(sourceList(sources));
    for (const file of list(data.files)) if (words(file)) this.#add("nbstream-note", `File ${line(file)}`);
    if (!this.element.hasChildNodes()) this.#add("nbstream-note", this.failed ? "It failed" : "No output");
  }

  #add(className: string, text: string): void {
    this.element.append(element("p", className, { dir: "auto" }, text));
  }

  #write(name: string, text: string, wrong = false): void {
    if (!text) return;
    const box = pane(name);
    box.classList.toggle("nbstream-alert", wrong);
    const plain = new PlainText(box);
    feedAll(text, (piece) => plain.append(piece));
    this.element.append(box);
  }

  #draft(text: string): void {
    const root = this.element.appendChild(element("div", ""));
    const markdown = new MarkdownText(root, this.#surroundings);
    this.#markdown = markdown;
    this.#feed = new Feed({ parts: [text], length: text.length }, (more) => markdown.append(more));
  }
}
