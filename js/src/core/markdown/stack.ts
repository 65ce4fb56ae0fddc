/** The open blocks, from the document down to the one that the next line may continue. */

import type { Mark } from "./formulas/marks.ts";
import { Journal } from "./journal.ts";
import { Leaf } from "./leaf.ts";
import type { References } from "./references.ts";
import type { Grid } from "./table.ts";
import type { Block, Code, Details, Document, Footnote, Formula, Item, List, Prose, Quote } from "./tree.ts";

/** An open block: its node in the tree, and the state that decides whether the next line continues it. */
export type Kind =
  | { readonly kind: "document"; readonly node: Document }
  | { readonly kind: "quote"; readonly node: Quote }
  | { readonly kind: "footnote"; readonly node: Footnote }
  | { readonly kind: "details"; readonly node: Details }
  | { readonly kind: "list"; readonly node: List; readonly mark: string }
  | { readonly kind: "item"; readonly node: Item; readonly indent: number; readonly line: number }
  | {
      readonly kind: Prose["kind"];
      readonly leaf: Leaf;
      loosens?: List | undefined;
      before?: Open | undefined;
    }
  | {
      readonly kind: "fence";
      readonly node: Code | Formula;
      readonly fence: string;
      readonly indent: number;
      /** Whether the code is Markdown, which may have fences of its own; see `fences.ts`. */
      readonly holdsFences: boolean;
      /** The mark of the fence that is open inside this one. */
      inner: string | undefined;
    }
  | { readonly kind: "indented"; readonly node: Code; blanks: readonly string[] }
  | {
      readonly kind: "formula";
      readonly node: Formula;
      readonly mark: Mark;
      /** The text of the line in which it began. */
      readonly source: string;
      /** Whether its opening mark is alone on its line. */
      readonly isAlone: boolean;
      before?: Open | undefined;
    }
  | { readonly kind: "table"; readonly grid: Grid }
  | { readonly kind: "rule" };

export type Open = Kind & {
  /** The latest block inside this block; it may be open or closed. */
  last: Open | undefined;
  /** Whether the block's last line was blank. A blank line between two blocks makes a list loose (§5.3). */
  blank: boolean;
};

/** Blocks that do not end with a blank line, though one may follow their mark or stand in them. */
const UNMARKED: ReadonlySet<Open["kind"]> = new Set(["quote", "fence", "rule", "details"]);

type Parent = Extract<Open, { node: { children: unknown } }>;

/**
 * Markers of blocks that would be nested deeper are text. Otherwise a text could make a tree so deep that it
 * overflows the call stack.
 */
const MAX_NESTED_BLOCKS = 24;

export function isParent(open: Open): open is Parent {
  return "node" in open && "children" in open.node;
}

/** Whether a block ends with a blank line. For a list or an item, the last block inside decides. */
function endsBlank(open: Open): boolean {
  let at = open;
  while ((at.kind === "list" || at.kind === "item") && at.last) at = at.last;
  return at.blank;
}

export class Stack {
  readonly journal = new Journal();
  readonly references: References;
  readonly root: Document = { kind: "document", children: [], settled: 0 };
  /** The number of the current line. It shows whether an item began in this line. */
  line = 0;
  /** The number of open blocks that the line continues. */
  matched = 1;
  /** Whether lines are parsed again that turned out to be no formula. No other formula goes on in them. */
  isParsingAgain = false;
  #open: Open[] = [{ kind: "document", node: this.root, last: undefined, blank: false }];
  #saved: Open[] = [];

  constructor(references: References) {
    this.references = references;
  }

  get open(): readonly Open[] {
    return this.#open;
  }

  get tip(): Open {
    return this.#open.at(-1) as Open;
  }

  /** The deepest block that the line continues. */
  get container(): Open {
    return this.#open[this.matched - 1] as Open;
  }

  /** Whether the limit of nested blocks allows one more block inside the others. */
  get canNest(): boolean {
    return (
      this.#open.reduce((sum, open) => sum + (isParent(open) && open.kind !== "list" ? 1 : 0), 0) <=
      MAX_NESTED_BLOCKS
    );
  }

  begin(): void {
    this.#saved = this.#open.slice();
    this.journal.begin();
  }

  rollback(): void {
    if (!this.journal.provisional) return;
    this.journal.rollback();
    this.#open = this.#saved;
  }

  /** Add a block inside the deepest block that the line continues and that can contain it. */
  add(kind: Kind): Open {
    this.closeTo(this.matched);
    while (!this.#holds(this.tip, kind)) this.closeTo(this.#open.length - 1);
    const parent = this.tip as Parent;
    const loosens = this.#loosens(parent);
    const open: Open = { ...kind, last: undefined, blank: false };
    const leaf = open.kind === "paragraph" ? open : undefined;
    if (open.kind === "paragraph" || open.kind === "formula") open.before = parent.last;
    if (leaf?.leaf.text.startsWith("[")) leaf.loosens = loosens;
    else if (loosens) this.journal.set(loosens, "tight", false);
    this.#attach(parent, open);
    this.journal.set(parent, "last", open);
    this.#open.push(open);
    this.matched = this.#open.length;
    return open;
  }

  #attach(parent: Parent, open: Open): void {
    if ("leaf" in open) return;
    let node: { readonly kind: string } = { kind: open.kind };
    if (open.kind === "table") node = open.grid.table;
    else if ("node" in open) node = open.node;
    this.journal.append(parent.node.children as Block[], node as Block);
  }

  #holds(parent: Open, kind: Kind): boolean {
    return isParent(parent) && (parent.kind === "list") === (kind.kind === "item");
  }

  /** Find the list that becomes loose when a block is added to `parent` now. */
  #loosens(parent: Parent): List | undefined {
    const { last } = parent;
    if (!last) return undefined;
    if (parent.kind === "list") return last.blank || endsBlank(last) ? parent.node : undefined;
    if (parent.kind !== "item" || !endsBlank(last)) return undefined;
    const list = this.#open.at(-2);
    return list?.kind === "list" ? list.node : undefined;
  }

  /** Make a paragraph of the formula that is the innermost open block. Its first line is the text. */
  replaceFormula(formula: Extract<Open, { kind: "formula" }>): void {
    this.#open.pop();
    const parent = this.tip as Parent;
    (parent.node.children as Block[]).pop();
    parent.last = formula.before;
    this.matched = this.#open.length;
    this.beginText(0, formula.source, true);
  }

  /** Begin a paragraph, heading or summary with this text. */
  beginText(level: number, text: string, front: boolean, isSummary = false): void {
    this.closeTo(this.matched);
    while (!isParent(this.tip) || this.tip.kind === "list") this.closeTo(this.#open.length - 1);
    const parent = this.tip as Parent;
    this.matched = this.#open.length;
    this.journal.keep(parent.node.children);
    const leaf = new Leaf(this.references, parent.node.children as Block[], level, text, front, isSummary);
    this.add({ kind: leaf.prose.kind, leaf });
  }

  /**
   * Close the open blocks deeper than `depth`. Unless the line is provisional, the closed blocks and all
   * blocks before them become settled.
   */
  closeTo(depth: number): void {
    while (this.#open.length > depth) {
      const open = this.#open.pop() as Open;
      const parent = this.tip as Parent;
      this.#close(open, parent);
      if (!this.journal.provisional) parent.node.settled = parent.node.children.length;
    }
    this.matched = Math.min(this.matched, this.#open.length);
  }

  #close(open: Open, parent: Parent): void {
    const final = !this.journal.provisional;
    if ("leaf" in open) {
      open.leaf.close(final);
      if (open.leaf.shown) this.markLoose(open);
      else if (final && parent.last === open) parent.last = open.before;
    } else if (open.kind === "fence" || open.kind === "indented" || open.kind === "formula") {
      this.journal.set(open.node as Code | Formula, "open", false);
    } else if (final && isParent(open)) {
      open.node.settled = open.node.children.length;
    }
  }

  /**
   * Mark the list as loose once a paragraph in it has text to show. Until then the paragraph may turn out to
   * hold link definitions alone, and those do not make a list loose.
   */
  markLoose(open: Open): void {
    if (open.kind !== "paragraph" || !open.loosens) return;
    this.journal.set(open.loosens, "tight", false);
    this.journal.set(open, "loosens", undefined);
  }

  /** Note whether a finished line was blank. */
  mark(blank: boolean): void {
    const { container } = this;
    if (blank && container.last) container.last.blank = true;
    const { kind } = container;
    const begins = kind === "item" && !container.last && container.line === this.line;
    const own = blank && !UNMARKED.has(kind) && !begins;
    for (const open of this.#open) {
      const value = own && open === container;
      if (open.blank !== value) this.journal.set(open, "blank", value);
    }
  }
}
