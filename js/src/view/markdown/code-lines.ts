/** View of a code block's lines. They are in chunks, which are coloured once the highlighter is loaded. */

import { element } from "../base/dom.ts";
import { preserveSelection } from "../base/selection.ts";
import type { LineHighlighter } from "./assets.ts";
import type { RenderContext } from "./context.ts";
import { RevealedText, revealInvisible } from "./invisible-characters.ts";

/** How many lines a chunk has. When a code block grows, the browser lays out only the last chunk. */
const CHUNK_LINES = 32;

/**
 * How many chunks a group has. The chunks are grouped, because many chunks in a row cost as much layout as
 * many lines in a row.
 */
const CHUNKS_PER_GROUP = 16;

/** An unfinished line longer than this is not coloured, because colouring reads it whole with each piece. */
const MAX_COLOURED_CHARS = 2_000;

/** How many lines are coloured in one go. After that, other work or the page itself gets its turn. */
const BATCH_LINES = 32;

export class CodeLines {
  readonly #host: HTMLElement;
  readonly #context: RenderContext;
  readonly #chunks: HTMLElement[] = [];
  #group: HTMLElement | undefined;
  /** The unfinished lines, at the end of the last chunk. */
  readonly #tail = element("span", "");
  #tailText: RevealedText | undefined;
  #lines: readonly string[] = [];
  /** How many lines were put into chunks, and how many of these are coloured. */
  #placedCount = 0;
  #colouredCount = 0;
  #highlighter: LineHighlighter | undefined;
  /** The highlighter's state at the start of the current chunk. */
  #chunkStart: LineHighlighter | undefined;
  #language: string | undefined;
  #isScheduled = false;

  constructor(host: HTMLElement, context: RenderContext) {
    this.#host = host;
    this.#context = context;
  }

  setLanguage(language: string): void {
    if (language === this.#language) return;
    this.#language = language;
    this.#highlighter = undefined;
    this.#colouredCount = 0;
    if (!language) return;
    const found = this.#context.assets.highlighter(language);
    if (!(found instanceof Promise)) this.#highlighter = found;
    else
      found.then((highlighter) => {
        if (!highlighter || language !== this.#language) return;
        this.#highlighter = highlighter;
        this.#scheduleColouring();
      });
  }

  /** Show the lines. The first `settled` lines are final. */
  sync(lines: readonly string[], settled: number): void {
    this.#lines = lines;
    const isSmall = settled - this.#placedCount <= BATCH_LINES;
    while (this.#placedCount < settled) {
      const isLive = isSmall && this.#highlighter !== undefined && this.#colouredCount === this.#placedCount;
      const chunk = this.#chunkOf(this.#placedCount);
      const end = Math.min(settled, chunkEnd(this.#placedCount));
      if (isLive) this.#saveState();
      const nodes = this.#lineNodes(this.#placedCount, end, isLive ? this.#highlighter : undefined);
      chunk.append(...mergeTexts(nodes));
      this.#placedCount = end;
      if (isLive) this.#colouredCount = end;
    }
    this.#syncTail();
    if (this.#colouredCount < this.#placedCount) this.#scheduleColouring();
  }

  /** Show the unfinished lines, coloured with a copy of the state, so that they can be coloured again. */
  #syncTail(): void {
    this.#tail.remove();
    if (this.#lines.length === this.#placedCount) return;
    const isLive = this.#colouredCount === this.#placedCount;
    const highlighter = isLive ? this.#highlighter?.copy() : undefined;
    const line = this.#lines.length - this.#placedCount === 1 ? this.#lines.at(-1) : undefined;
    if (line !== undefined && (!highlighter || line.length > MAX_COLOURED_CHARS)) this.#growTail(line);
    else {
      this.#tailText = undefined;
      const nodes = this.#lineNodes(this.#placedCount, this.#lines.length, highlighter);
      this.#tail.replaceChildren(...mergeTexts(nodes));
    }
    this.#chunkOf(this.#placedCount).append(this.#tail);
  }

  /** Show the one unfinished line without colours. Only its end is made again. */
  #growTail(line: string): void {
    if (!this.#tailText) {
      const host = element("span", "");
      this.#tail.replaceChildren(host, "\n");
      this.#tailText = new RevealedText(host);
    }
    this.#tailText.sync(line);
  }

  #lineNodes(from: number, to: number, highlighter: LineHighlighter | undefined): (Node | string)[] {
    const nodes: (Node | string)[] = [];
    for (let index = from; index < to; index++) {
      nodes.push(...lineContent(this.#lines[index] ?? "", highlighter), "\n");
    }
    return nodes;
  }

  #chunkOf(line: number): HTMLElement {
    const index = Math.floor(line / CHUNK_LINES);
    const old = this.#chunks[index];
    if (old) return old;
    const chunk = element("span", "nbstream-chunk");
    if (index % CHUNKS_PER_GROUP === 0)
      this.#group = this.#host.appendChild(element("span", "nbstream-chunks"));
    this.#group?.append(chunk);
    this.#chunks[index] = chunk;
    return chunk;
  }

  #scheduleColouring(): void {
    if (this.#isScheduled || !this.#highlighter) return;
    this.#isScheduled = true;
    this.#context.schedule(() => {
      this.#isScheduled = false;
      this.#colourBatch();
    });
  }

  /** Save the state at the start of a chunk, so that the chunk can be coloured again from there. */
  #saveState(): void {
    if (this.#colouredCount % CHUNK_LINES === 0) this.#chunkStart = this.#highlighter?.copy();
  }

  /** Colour some chunks that are on the page without colours. The user's selection stays. */
  #colourBatch(): void {
    const batchEnd = Math.min(this.#placedCount, this.#colouredCount + BATCH_LINES);
    while (this.#highlighter && this.#colouredCount < batchEnd) {
      if (this.#colouredCount % CHUNK_LINES !== 0) this.#highlighter = this.#chunkStart?.copy();
      this.#colouredCount -= this.#colouredCount % CHUNK_LINES;
      this.#saveState();
      const chunk = this.#chunkOf(this.#colouredCount);
      const end = Math.min(this.#placedCount, chunkEnd(this.#colouredCount));
      const nodes = mergeTexts(this.#lineNodes(this.#colouredCount, end, this.#highlighter));
      this.#colouredCount = end;
      preserveSelection(chunk, () => {
        const tail = this.#tail.parentNode === chunk ? [this.#tail] : [];
        chunk.replaceChildren(...nodes, ...tail);
      });
    }
    if (this.#colouredCount < this.#placedCount) this.#scheduleColouring();
    else if (this.#highlighter) this.#syncTail();
  }
}

function lineContent(line: string, highlighter: LineHighlighter | undefined): (Node | string)[] {
  if (!highlighter) return revealInvisible(line);
  return highlighter
    .tokenize(line)
    .flatMap(({ text, style }) =>
      style ? [element("span", `nbstream-hl-${style}`, {}, ...revealInvisible(text))] : revealInvisible(text),
    );
}

function chunkEnd(line: number): number {
  return (Math.floor(line / CHUNK_LINES) + 1) * CHUNK_LINES;
}

/** Merge neighbouring texts into one node, so that code has few nodes more than coloured pieces. */
function mergeTexts(nodes: readonly (Node | string)[]): (Node | string)[] {
  const merged: (Node | string)[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (typeof node === "string" && typeof last === "string") merged[merged.length - 1] = last + node;
    else merged.push(node);
  }
  return merged;
}
