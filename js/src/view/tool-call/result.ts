/** View of a tool call's result. It is drawn once it is complete. */

import { TOOL_TEXT } from "../../core/page-text.ts";
import type { Block } from "../../core/transcript.ts";
import { capped } from "../base/capped.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { TextFeed } from "../base/text-feed.ts";
import { asCount, asLine, asList, asRecords, asText } from "../base/untrusted.ts";
import { imageOrFallback } from "../blocks/media.ts";
import { sourceList } from "../blocks/sources.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";
import { resultLine } from "./call-line.ts";
import { showTerminalText } from "./terminal-text.ts";

export class Result {
  readonly element = element("div", "nbstream-result");
  /** The result in one line, once it is drawn; "" if no line can stand for it. */
  line = "";
  readonly #block: Block;
  readonly #environment: RenderEnvironment;
  #isDrawn = false;
  #markdown: MarkdownText | undefined;
  #feed: TextFeed | undefined;

  constructor(block: Block, environment: RenderEnvironment) {
    this.#block = block;
    // The result of a tool is not announced, because it is not part of Claude's answer.
    this.#environment = { ...environment, announce: () => {} };
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

  /**
   * Draw the result once it is complete. Long Markdown is drawn in parts, each until the deadline.
   *
   * @param isReplyOver Whether the reply is over. If so, nothing more comes, and an unfinished result is
   *   drawn too.
   * @param isRefused Whether the user has refused the call. The result then says nothing that the card does not.
   * @returns Whether something is left.
   */
  paint(toolName: string, isReplyOver: boolean, deadlineMs: number, isRefused = false): boolean {
    const isComplete = isReplyOver || this.#block.closedAt !== undefined;
    if (!this.#isDrawn && isComplete && !isRefused) this.#draw(toolName);
    if (!this.#feed) return false;
    if (this.#feed.paint(deadlineMs) > 0) return true;
    this.#markdown?.end();
    this.#feed = undefined;
    return false;
  }

  #draw(toolName: string): void {
    this.#isDrawn = true;
    const { data, parts } = this.#block;
    if (asText(data.error)) this.#addLine("nbstream-alert", TOOL_TEXT.errorIs(asLine(data.error)));
    const text = parts.join("") || asText(data.text);
    this.line = resultLine(text, data);
    if (data.markdown === true && !this.hasFailed) this.#addMarkdown(text);
    else this.#addPane(this.hasFailed ? TOOL_TEXT.error : TOOL_TEXT.result, text, this.hasFailed);
    this.#addPane(TOOL_TEXT.output, asText(data.output));
    this.#addPane(TOOL_TEXT.errors, asText(data.errors), true);
    const exitCode = asCount(data.code);
    if (exitCode) this.#addLine("nbstream-note", TOOL_TEXT.exitCode(exitCode));
    for (const [index, image] of asRecords(data.images).entries()) {
      const fallback = element("p", "nbstream-note", {}, TOOL_TEXT.brokenImage);
      this.element.append(imageOrFallback(image, TOOL_TEXT.imageOf(index + 1, toolName), fallback));
    }
    const sources = asRecords(data.sources);
    if (sources.length > 0) this.element.append(sourceList(sources));
    for (const file of asList(data.files))
      if (asText(file)) this.#addLine("nbstream-note", TOOL_TEXT.file(asLine(file)));
    if (!this.element.hasChildNodes())
      this.#addLine("nbstream-note", this.hasFailed ? TOOL_TEXT.failed : TOOL_TEXT.noOutput);
  }

  #addLine(className: string, text: string): void {
    this.element.append(element("p", className, { dir: "auto" }, text));
  }

  #addPane(name: string, text: string, isError = false): void {
    if (!text) return;
    const box = pane(name);
    box.classList.toggle("nbstream-alert", isError);
    showTerminalText(box, text);
    this.element.append(capped(box, name));
  }

  #addMarkdown(text: string): void {
    const root = this.element.appendChild(element("div", ""));
    const markdown = new MarkdownText(root, this.#environment);
    this.#markdown = markdown;
    const source = { parts: [text], length: text.length };
    this.#feed = new TextFeed(source, (piece) => markdown.append(piece));
  }
}
