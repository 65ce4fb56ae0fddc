/** The lines of a block of code in chunks, coloured once what colours them is there. */

import { element } from "../base/dom.ts";
import { preserveSelection } from "../base/selection.ts";
import type { LineHighlighter } from "./assets.ts";
import type { RenderContext } from "./context.ts";
import { revealInvisible } from "./invisible-characters.ts";

/** Lines in a chunk: layout of a block that grows costs what its last chunk costs. */
const CHUNK = 32;

/** Chunks in a group: many chunks in a row cost what many lines in a row cost. */
const GROUP = 16;

/** Lines that are coloured in one go; after them comes what else is due, or the page's turn. */
const AT_ONCE = 32;

export class CodeLines {
  readonly #host: HTMLElement;
  readonly #context: RenderContext;
  readonly #chunks: HTMLElement[] = [];
  #group: HTMLElement | undefined;
  /** The unfinished line stands at the end of the last chunk. */
  readonly #tail = element("span", "");
  #lines: readonly string[] = [];
  #made = 0;
  #coloured = 0;
  #highlighter: LineHighlighter | undefined;
  #atChunk: LineHighlighter | undefined;
  #language: string | undefined;
  #planned = false;

  constructor(host: HTMLElement, context: RenderContext) {
    this.#host = host;
    this.#context = context;
  }

  /** The language that the lines are in. */
  setLanguage(language: string): void {
    if (language === this.#language) return;
    this.#language = language;
    this.#highlighter = undefined;
    this.#coloured = 0;
    if (!language) return;
    const found = this.#context.assets.highlighter(language);
    if (!(found instanceof Promise)) this.#highlighter = found;
    else
      found.then((highlighter) => {
        if (!highlighter || language !== this.#language) return;
        this.#highlighter = highlighter;
        this.#plan();
      });
  }

  sync(lines: readonly string[], settled: number): void {
    this.#lines = lines;
    const few = settled - this.#made <= AT_ONCE;
    while (this.#made < settled) {
      const live = few && this.#highlighter !== undefined && this.#coloured === this.#made;
      const chunk = this.#chunkOf(this.#made);
      const end = Math.min(settled, endOfChunk(this.#made));
      if (live) this.#keepState();
      chunk.append(...joined(this.#nodes(this.#made, end, live ? this.#highlighter : undefined)));
      this.#made = end;
      if (live) this.#coloured = end;
    }
    this.#showTail();
    if (this.#coloured < this.#made) this.#plan();
  }

  /** What is unfinished is coloured with a copy of the state, so that it can be coloured again. */
  #showTail(): void {
    this.#tail.remove();
    if (this.#lines.length === this.#made) return;
    const live = this.#coloured === this.#made ? this.#highlighter?.copy() : undefined;
    this.#tail.replaceChildren(...joined(this.#nodes(this.#made, this.#lines.length, live)));
    this.#chunkOf(this.#made).append(this.#tail);
  }

  #nodes(from: number, to: number, highlighter: LineHighlighter | undefined): (Node | string)[] {
    const nodes: (Node | string)[] = [];
    for (let at = from; at < to; at++) nodes.push(...this.#colour(this.#lines[at] ?? "", highlighter), "\n");
    return nodes;
  }

  #chunkOf(line: number): HTMLElement {
    const index = Math.floor(line / CHUNK);
    const old = this.#chunks[index];
    if (old) return old;
    const chunk = element("span", "nbstream-chunk");
    if (index % GROUP === 0) this.#group = this.#host.appendChild(element("span", "nbstream-chunks"));
    this.#group?.append(chunk);
    this.#chunks[index] = chunk;
    return chunk;
  }

  #colour(line: string, highlighter: LineHighlighter | undefined): (Node | string)[] {
    if (!highlighter) return revealInvisible(line);
    return highlighter
      .tokenize(line)
      .flatMap(({ text, style }) =>
        style
          ? [element("span", `nbstream-hl-${style}`, {}, ...revealInvisible(text))]
          : revealInvisible(text),
      );
  }

  #plan(): void {
    if (this.#planned || !this.#highlighter) return;
    this.#planned = true;
    this.#context.schedule(() => {
      this.#planned = false;
      this.#catchUp();
    });
  }

  /** The state at the start of a chunk, from where the chunk can be coloured anew. */
  #keepState(): void {
    if (this.#coloured % CHUNK === 0) this.#atChunk = this.#highlighter?.copy();
  }

  /** Colour chunks that stand already, a few at a time; the reader's selection stays. */
  #catchUp(): void {
    const until = Math.min(this.#made, this.#coloured + AT_ONCE);
    while (this.#highlighter && this.#coloured < until) {
      if (this.#coloured % CHUNK !== 0) this.#highlighter = this.#atChunk?.copy();
      this.#coloured -= this.#coloured % CHUNK;
      this.#keepState();
      const chunk = this.#chunkOf(this.#coloured);
      const end = Math.min(this.#made, endOfChunk(this.#coloured));
      const nodes = joined(this.#nodes(this.#coloured, end, this.#highlighter));
      this.#coloured = end;
      preserveSelection(chunk, () => {
        const tail = this.#tail.parentNode === chunk ? [this.#tail] : [];
        chunk.replaceChildren(...nodes, ...tail);
      });
    }
    if (this.#coloured < this.#made) this.#plan();
    else if (this.#highlighter) this.#showTail();
  }
}

function endOfChunk(line: number): number {
  return (Math.floor(line / CHUNK) + 1) * CHUNK;
}

/** Neighbouring texts as one node: a page of code then has as many nodes as it has colours. */
function joined(nodes: readonly (Node | string)[]): (Node | string)[] {
  const all: (Node | string)[] = [];
  for (const node of nodes) {
    const last = all.at(-1);
    if (typeof node === "string" && typeof last === "string") all[all.length - 1] = last + node;
    else all.push(node);
  }
  return all;
}
