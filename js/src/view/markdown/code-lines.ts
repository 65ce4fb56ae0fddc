/** View of a code block's lines. They are in chunks, which are coloured once the highlighter is loaded. */

import { element } from "../base/dom.ts";
import { preserveSelection } from "../base/selection.ts";
import type { LineHighlighter } from "./assets.ts";
import type { RenderContext } from "./context.ts";
import { RevealedText, revealInvisible } from "./invisible-characters.ts";

/** How many lines a chunk has. When a code block grows, the browser lays out only the last chunk. */
const CHUNK_LINES = 32;

/** A chunk that has this many characters is full. Otherwise long lines would make a chunk costly to colour. */
const CHUNK_CHARS = 4_000;

/**
 * How many chunks a group has. The chunks are grouped, because many chunks in a row cost as much layout as
 * many lines in a row.
 */
const CHUNKS_PER_GROUP = 16;

/**
 * A line longer than this is not coloured, because colouring reads it whole with each piece. It has a chunk of
 * its own.
 */
const MAX_COLOURED_CHARS = 2_000;

/** How many lines are coloured in one go. After that, other work or the page itself gets its turn. */
const BATCH_LINES = 32;

interface Chunk {
  readonly node: HTMLElement;
  readonly from: number;
  /** The index behind its last line that is final. */
  to: number;
  chars: number;
  /** The highlighter's state at the start of the chunk, so that it can be coloured again from there. */
  start: LineHighlighter | undefined;
}

export class CodeLines {
  readonly #host: HTMLElement;
  readonly #context: RenderContext;
  readonly #chunks: Chunk[] = [];
  #group: HTMLElement | undefined;
  /** The unfinished lines, at the end of the last chunk. */
  #tail = element("span", "");
  #tailText: RevealedText | undefined;
  #lines: readonly string[] = [];
  /** How many lines were put into chunks, and how many of these are coloured. */
  #placedCount = 0;
  #colouredCount = 0;
  /** The index of the chunk that holds the first line without colours. */
  #colouredChunks = 0;
  #highlighter: LineHighlighter | undefined;
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
    this.#colouredChunks = 0;
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
      if (this.#isLong(this.#placedCount)) this.#placeLongLine();
      else this.#placeLines(settled, isSmall);
    }
    this.#syncTail();
    if (this.#colouredCount < this.#placedCount) this.#scheduleColouring();
  }

  #isLong(line: number): boolean {
    return (this.#lines[line] ?? "").length > MAX_COLOURED_CHARS;
  }

  /** Put lines that are final into one chunk, until it is full. */
  #placeLines(settled: number, isSmall: boolean): void {
    const isLive = isSmall && this.#highlighter !== undefined && this.#colouredCount === this.#placedCount;
    const chunk = this.#chunkFor(this.#placedCount);
    if (isLive && chunk.to === chunk.from) this.#enterChunk(chunk);
    const from = this.#placedCount;
    while (this.#placedCount < settled && !isFull(chunk) && !this.#isLong(this.#placedCount)) {
      chunk.chars += this.#lines[this.#placedCount]?.length ?? 0;
      chunk.to = ++this.#placedCount;
    }
    const nodes = this.#lineNodes(from, chunk.to, isLive ? this.#highlighter : undefined);
    if (this.#tail.parentNode === chunk.node) this.#tail.before(...mergeTexts(nodes));
    else chunk.node.append(...mergeTexts(nodes));
    if (isLive) this.#colouredCount = chunk.to;
  }

  /** Put a long line that is final into a chunk of its own. Its nodes stay as they were while it grew. */
  #placeLongLine(): void {
    const isColoured = this.#colouredCount === this.#placedCount;
    const chunk = this.#chunkFor(this.#placedCount);
    this.#growTail(this.#lines[this.#placedCount] ?? "", chunk);
    this.#tail = element("span", "");
    this.#tailText = undefined;
    chunk.chars = CHUNK_CHARS;
    chunk.to = ++this.#placedCount;
    if (isColoured && this.#highlighter) {
      this.#enterChunk(chunk);
      this.#colouredCount = chunk.to;
    }
  }

  /** Show the unfinished lines, coloured with a copy of the state, so that they can be coloured again. */
  #syncTail(): void {
    if (this.#lines.length === this.#placedCount) {
      this.#tail.remove();
      return;
    }
    const isLive = this.#colouredCount === this.#placedCount;
    const highlighter = isLive ? this.#highlighter?.copy() : undefined;
    const isOne = this.#lines.length - this.#placedCount === 1;
    const chunk = this.#chunkFor(this.#placedCount);
    if (isOne && (!highlighter || this.#isLong(this.#placedCount))) {
      this.#growTail(this.#lines.at(-1) ?? "", chunk);
      return;
    }
    this.#tailText = undefined;
    const nodes = this.#lineNodes(this.#placedCount, this.#lines.length, highlighter);
    this.#tail.replaceChildren(...mergeTexts(nodes));
    if (this.#tail.parentNode !== chunk.node) chunk.node.append(this.#tail);
  }

  /** Show one unfinished line without colours. Only its end is made again. */
  #growTail(line: string, chunk: Chunk): void {
    if (!this.#tailText) {
      const host = element("span", "");
      this.#tail.replaceChildren(host, "\n");
      this.#tailText = new RevealedText(host, this.#context.schedule);
    }
    this.#tailText.sync(line);
    // An element that is moved is laid out again, so it is moved only if it must be.
    if (this.#tail.parentNode !== chunk.node) chunk.node.append(this.#tail);
  }

  #lineNodes(from: number, to: number, highlighter: LineHighlighter | undefined): (Node | string)[] {
    const nodes: (Node | string)[] = [];
    for (let index = from; index < to; index++) {
      nodes.push(...lineContent(this.#lines[index] ?? "", highlighter), "\n");
    }
    return nodes;
  }

  /** Find or create the chunk for a line that is not in a chunk yet. */
  #chunkFor(line: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last && (last.to === last.from || !(isFull(last) || this.#isLong(line)))) return last;
    const node = element("span", "nbstream-chunk");
    if (this.#chunks.length % CHUNKS_PER_GROUP === 0)
      this.#group = this.#host.appendChild(element("span", "nbstream-chunks"));
    this.#group?.append(node);
    const chunk: Chunk = { node, from: line, to: line, chars: 0, start: undefined };
    this.#chunks.push(chunk);
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

  #enterChunk(chunk: Chunk): void {
    this.#colouredChunks = this.#chunks.lastIndexOf(chunk);
    chunk.start = this.#highlighter?.copy();
  }

  /** Colour some chunks that are on the page without colours. The user's selection stays. */
  #colourBatch(): void {
    const batchEnd = Math.min(this.#placedCount, this.#colouredCount + BATCH_LINES);
    while (this.#highlighter && this.#colouredCount < batchEnd) this.#colourChunk();
    if (this.#colouredCount < this.#placedCount) this.#scheduleColouring();
    else if (this.#highlighter) this.#syncTail();
  }

  #colourChunk(): void {
    let chunk = this.#chunks[this.#colouredChunks] as Chunk;
    if (chunk.to === this.#colouredCount) chunk = this.#chunks[++this.#colouredChunks] as Chunk;
    if (chunk.from === this.#colouredCount) chunk.start = this.#highlighter?.copy();
    else this.#highlighter = chunk.start?.copy();
    this.#colouredCount = chunk.to;
    if (this.#isLong(chunk.from)) return;
    const nodes = mergeTexts(this.#lineNodes(chunk.from, chunk.to, this.#highlighter));
    preserveSelection(chunk.node, () => {
      const tail = this.#tail.parentNode === chunk.node ? [this.#tail] : [];
      chunk.node.replaceChildren(...nodes, ...tail);
    });
  }
}

function isFull(chunk: Chunk): boolean {
  return chunk.to - chunk.from >= CHUNK_LINES || chunk.chars >= CHUNK_CHARS;
}

function lineContent(line: string, highlighter: LineHighlighter | undefined): (Node | string)[] {
  if (!highlighter) return revealInvisible(line);
  return highlighter
    .tokenize(line)
    .flatMap(({ text, style }) =>
      style ? [element("span", `nbstream-hl-${style}`, {}, ...revealInvisible(text))] : revealInvisible(text),
    );
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
