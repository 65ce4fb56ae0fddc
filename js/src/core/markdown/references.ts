/** References between a document's parts: definitions of links, and numbers of footnotes. */

import { type CharacterReferences, unescaped } from "./entities.ts";
import { folded, type Target } from "./link.ts";
import type { Prose, Table } from "./tree.ts";

/** A finished leaf that can be parsed again when a definition comes that it lacks. */
export interface Source {
  readonly target: Prose | Table;
  /** How often late definitions have changed it. */
  revisions: number;
  reparse(): void;
}

/**
 * After this many changes by late definitions a leaf waits for the end, because each change parses all of it.
 */
const MAX_REVISIONS = 16;

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
  readonly revised = new Set<Prose | Table>();
  /** The cost of the parsing so far, in steps; tests check that it is linear. */
  work = 0;
  readonly #targets = new Map<string, Target>();
  readonly #waiting = new Map<string, Set<Source>>();
  #numbers = new Map<string, number>();
  readonly #noted = new Map<string, Set<Source>>();
  readonly #footnotes = new Set<string>();
  readonly #stale = new Set<Source>();
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

  /** Add a definition; the first one of a label counts (§4.7). */
  define(label: string, target: Target): void {
    const key = folded(label);
    if (this.#targets.has(key)) return;
    this.#targets.set(key, this.read(target));
    for (const source of this.#waiting.get(key) ?? []) this.#stale.add(source);
    this.#waiting.delete(key);
  }

  /**
   * The number that a note has, or gets after the `fresh` ones before it; after the end, undefined without a
   * text.
   */
  note(label: string, fresh: ReadonlyMap<string, number>): number | undefined {
    if (this.#ended && !this.#footnotes.has(label)) return undefined;
    const number = this.#numbers.get(label);
    if (number !== undefined) return number;
    return this.#numbers.size + 1 + (fresh.get(label) ?? fresh.size);
  }

  /** Number these notes in the order of their first reference, in text that is final. */
  number(labels: Iterable<string>): void {
    for (const label of labels) {
      if (!this.#numbers.has(label)) this.#numbers.set(label, this.#numbers.size + 1);
    }
  }

  footnote(label: string): void {
    this.#footnotes.add(folded(label));
  }

  /** Note the labels and notes whose definition or renumbering changes this leaf. */
  wait(source: Source, missed: Iterable<string>, notes: Iterable<string>): void {
    gather(this.#waiting, missed, source);
    gather(this.#noted, notes, source);
  }

  /** Parse the leaves again that late definitions have changed. */
  revise(): void {
    for (const source of this.#stale) {
      if (source.revisions >= MAX_REVISIONS && !this.#ended) continue;
      source.revisions += 1;
      source.reparse();
      this.revised.add(source.target);
      this.#stale.delete(source);
    }
  }

  /**
   * End the document: a reference to a note without a text becomes text, and the numbers after it move up.
   */
  end(): void {
    this.#ended = true;
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
