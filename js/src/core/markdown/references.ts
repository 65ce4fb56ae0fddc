/** State that a document's parts share: definitions of links, numbers of footnotes, and limits. */

import { type CharacterReferences, unescaped } from "./entities.ts";
import { folded, type Target } from "./link.ts";
import type { Cell, Prose } from "./tree.ts";

/** A leaf, or a row of a table. Its inlines may be made again after it has ended. */
export type Revisable = Prose | readonly Cell[];

/** A finished leaf or row that is parsed again when a definition that it refers to comes later. */
export interface Source {
  readonly target: Revisable;
  /** How many times late definitions have changed the target. */
  revisions: number;
  reparse(): void;
}

/**
 * After this many changes by late definitions, a leaf is parsed again only at the document's end, because
 * each change parses all of it.
 */
const MAX_REVISIONS = 16;

/**
 * The most empty cells that are added to complete the rows of a document's tables. Two characters can begin a
 * row of 128 cells, so a short text could otherwise fill the page's memory. Later rows stay short.
 */
const MAX_FILLED_CELLS = 5_000;

function gather<T>(map: Map<string, Set<T>>, labels: Iterable<string>, value: T): void {
  for (const label of labels) {
    const set = map.get(label);
    if (set) set.add(value);
    else map.set(label, new Set([value]));
  }
}

export class References {
  readonly extensions: boolean;
  readonly named: CharacterReferences;
  readonly revised = new Set<Revisable>();
  /** The number of steps of parsing so far. Tests check that it grows in proportion to the text. */
  work = 0;
  /** How many more empty cells may be added to complete the rows of tables. */
  fillableCells = MAX_FILLED_CELLS;
  readonly #targets = new Map<string, Target>();
  readonly #waiting = new Map<string, Set<Source>>();
  #numbers = new Map<string, number>();
  readonly #noted = new Map<string, Set<Source>>();
  readonly #footnotes = new Set<string>();
  readonly #stale = new Set<Source>();
  /** Leaves that have changed too often. They are parsed again at the document's end. */
  readonly #postponed = new Set<Source>();
  #ended = false;

  constructor(extensions: boolean, named: CharacterReferences = () => undefined) {
    this.extensions = extensions;
    this.named = named;
  }

  target(label: string): Target | undefined {
    return this.#targets.get(label);
  }

  /** Resolve the escapes and character references of a target. */
  read({ href, title }: Target): Target {
    return { href: unescaped(href, this.named), title: unescaped(title, this.named) };
  }

  /** Add a definition, unless its label has one already: the first definition of a label counts (§4.7). */
  define(label: string, target: Target): void {
    const key = folded(label);
    if (this.#targets.has(key)) return;
    this.#targets.set(key, this.read(target));
    for (const source of this.#waiting.get(key) ?? []) this.#stale.add(source);
    this.#waiting.delete(key);
  }

  /**
   * Return the number of a footnote. If the footnote has no number yet, return the number that it will get:
   * the footnotes in `fresh` that come before it are numbered first. At the end of the document, a footnote
   * without a text has no number, and the result is undefined.
   */
  note(label: string, fresh: ReadonlyMap<string, number>): number | undefined {
    if (this.#ended && !this.#footnotes.has(label)) return undefined;
    const number = this.#numbers.get(label);
    if (number !== undefined) return number;
    return this.#numbers.size + 1 + (fresh.get(label) ?? fresh.size);
  }

  /**
   * Give numbers to these footnotes, in the order of their first references. The text with the references
   * must be final.
   */
  number(labels: Iterable<string>): void {
    for (const label of labels) {
      if (!this.#numbers.has(label)) this.#numbers.set(label, this.#numbers.size + 1);
    }
  }

  footnote(label: string): void {
    this.#footnotes.add(folded(label));
  }

  /**
   * Register a leaf that must be parsed again when one of the `missed` labels is defined, or when one of the
   * `notes` gets another number.
   */
  wait(source: Source, missed: Iterable<string>, notes: Iterable<string>): void {
    gather(this.#waiting, missed, source);
    gather(this.#noted, notes, source);
  }

  /** Parse again the leaves that late definitions have changed. */
  revise(): void {
    for (const source of this.#stale) {
      this.#stale.delete(source);
      if (source.revisions >= MAX_REVISIONS && !this.#ended) {
        this.#postponed.add(source);
        continue;
      }
      source.revisions += 1;
      source.reparse();
      this.revised.add(source.target);
    }
  }

  /**
   * End the document. References to footnotes that have no text become plain text, and the other footnotes
   * are numbered without them.
   */
  end(): void {
    this.#ended = true;
    for (const source of this.#postponed) this.#stale.add(source);
    const before = this.#numbers;
    this.#numbers = new Map();
    for (const label of before.keys()) if (this.#footnotes.has(label)) this.number([label]);
    for (const [label, number] of before) {
      if (this.#numbers.get(label) === number) continue;
      for (const source of this.#noted.get(label) ?? []) this.#stale.add(source);
    }
    this.revise();
  }
}
