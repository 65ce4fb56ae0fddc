/** What a call of a tool gave back, drawn once it is all there. */

import type { Block } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces, TextFeed } from "../base/text-feed.ts";
import { asCount, asLine, asList, asRecords, asText } from "../base/untrusted.ts";
import { imageOrFallback } from "../blocks/media.ts";
import { sourceList } from "../blocks/sources.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";

export class Result {
  readonly element = element("div", "nbstream-result");
  readonly #block: Block;
  readonly #surroundings: RenderEnvironment;
  #drawn = false;
  #markdown: MarkdownText | undefined;
  #feed: TextFeed | undefined;

  constructor(block: Block, surroundings: RenderEnvironment) {
    this.#block = block;
    // A table that a tool made is not what Claude says.
    this.#surroundings = { ...surroundings, announce: () => {} };
  }

  get openedAt(): number {
    return this.#block.openedAt;
  }

  get hasFailed(): boolean {
    const { error } = this.#block.data;
    return error === true || asText(error) !== "";
  }

  get hasImages(): boolean {
    return asList(this.#block.data.images).length > 0;
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
    if (asText(data.error)) this.#add("nbstream-alert", `Error: ${asLine(data.error)}`);
    const text = parts.join("") || asText(data.text);
    if (data.markdown === true && !this.hasFailed) this.#draft(text);
    else this.#write(this.hasFailed ? "Error" : "Result", text, this.hasFailed);
    this.#write("Output", asText(data.output));
    this.#write("Errors", asText(data.errors), true);
    const code = asCount(data.code);
    if (code) this.#add("nbstream-note", `Exit code ${code}`);
    for (const [index, image] of asRecords(data.images).entries()) {
      const instead = element("p", "nbstream-note", {}, "An image that cannot be shown");
      this.element.append(imageOrFallback(image, `Image ${index + 1} of ${name}`, instead));
    }
    const sources = asRecords(data.sources);
    if (sources.length > 0) this.element.append(sourceList(sources));
    for (const file of asList(data.files))
      if (asText(file)) this.#add("nbstream-note", `File ${asLine(file)}`);
    if (!this.element.hasChildNodes()) this.#add("nbstream-note", this.hasFailed ? "It failed" : "No output");
  }

  #add(className: string, text: string): void {
    this.element.append(element("p", className, { dir: "auto" }, text));
  }

  #write(name: string, text: string, wrong = false): void {
    if (!text) return;
    const box = pane(name);
    box.classList.toggle("nbstream-alert", wrong);
    const plain = new PlainText(box);
    appendInPieces(text, (piece) => plain.append(piece));
    this.element.append(box);
  }

  #draft(text: string): void {
    const root = this.element.appendChild(element("div", ""));
    const markdown = new MarkdownText(root, this.#surroundings);
    this.#markdown = markdown;
    this.#feed = new TextFeed({ parts: [text], length: text.length }, (more) => markdown.append(more));
  }
}
