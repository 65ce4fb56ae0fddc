/** Blocks as elements, and what holds blocks. */

import type { Block, Footnote, Item, List, Quote } from "../../core/markdown/tree.ts";
import { element, noNode, setAttribute } from "../base/dom.ts";
import { CodeView } from "./code.ts";
import type { Context } from "./context.ts";
import { Grown, type PartView } from "./growing-list.ts";
import { FormulaView, ProseView, RuleView } from "./prose.ts";
import { TableView } from "./table.ts";

/** Blocks, and items, in a box. */
const BLOCKS = 8;
const ITEMS = 16;

/** The blocks of a container. In a box that takes its direction from its first text, that text inherits it. */
export function blocksIn(host: HTMLElement, context: Context, inherits = false): Grown<Block> {
  const make = (block: Block, at: number) => makeBlock(block, context, inherits && at === 0);
  return new Grown<Block>({ size: BLOCKS, host, make });
}

function makeBlock(block: Block, context: Context, inherits: boolean): PartView<Block> {
  const view = viewOf(block, context, inherits);
  return {
    node: view.node,
    fits: (part) => part.kind === block.kind && view.fits(part),
    sync: (part, final) => view.sync(part, final),
    drop: () => view.drop?.(),
  };
}

/** Each view is only ever given blocks of its kind, which `makeBlock` sees to. */
function viewOf(block: Block, context: Context, inherits: boolean): PartView<Block> {
  const views: { readonly [Kind in Block["kind"]]: () => PartView<never> } = {
    paragraph: () => new ProseView(block as never, context, inherits),
    heading: () => new ProseView(block as never, context, inherits),
    code: () => new CodeView(context),
    formula: () => new FormulaView(context),
    table: () => new TableView(context),
    rule: () => new RuleView(),
    list: () => new ListView(block as List, context),
    quote: () => new QuoteView(context),
    footnote: () => new FootnoteView(block as Footnote, context),
  };
  return views[block.kind]() as PartView<Block>;
}

class QuoteView implements PartView<Quote> {
  readonly node = element("blockquote", "", { dir: "auto" });
  readonly #blocks: Grown<Block>;

  constructor(context: Context) {
    this.#blocks = blocksIn(this.node, context, true);
  }

  fits(): boolean {
    return true;
  }

  sync(quote: Quote, final: boolean): void {
    this.#blocks.sync(quote.children, final ? quote.children.length : quote.settled);
  }
}

class ListView implements PartView<List> {
  readonly node: HTMLElement;
  readonly #ordered: boolean;
  readonly #items: Grown<Item>;

  constructor(list: List, context: Context) {
    this.#ordered = list.ordered;
    this.node = element(list.ordered ? "ol" : "ul", "", { role: "list" });
    this.#items = new Grown<Item>({ size: ITEMS, host: this.node, make: () => new ItemView(context) });
  }

  fits(list: List): boolean {
    return list.ordered === this.#ordered;
  }

  sync(list: List, final: boolean): void {
    if (list.ordered) setAttribute(this.node, "start", String(list.start));
    // Every item has its paragraphs: that a list is loose shows late, and then is one class.
    setAttribute(this.node, "class", list.tight ? "nbstream-tight" : undefined);
    this.#items.sync(list.children, final ? list.children.length : list.settled);
  }
}

class ItemView implements PartView<Item> {
  readonly node = element("li", "", { role: "listitem", dir: "auto" });
  readonly #blocks: Grown<Block>;
  #box: HTMLInputElement | undefined;

  constructor(context: Context) {
    this.#blocks = blocksIn(this.node, context, true);
  }

  fits(): boolean {
    return true;
  }

  sync(item: Item, final: boolean): void {
    this.#task(item.task);
    this.#blocks.sync(item.children, final ? item.children.length : item.settled);
  }

  /** A box that shows how the task stands; it is the model's, not the reader's. */
  #task(done: boolean | undefined): void {
    setAttribute(this.node, "class", done === undefined ? undefined : "nbstream-task");
    if (done === undefined) {
      this.#box?.remove();
      this.#box = undefined;
      return;
    }
    if (!this.#box) {
      this.#box = element("input", "", { type: "checkbox", disabled: "", "aria-label": "Task" });
      this.node.prepend(this.#box);
    }
    setAttribute(this.#box, "checked", done ? "" : undefined);
  }
}

/** Its place in the text is empty: it shows with the other notes. */
class FootnoteView implements PartView<Footnote> {
  readonly node: ChildNode = noNode();
  readonly #label: string;
  readonly #content: HTMLElement;
  readonly #blocks: Grown<Block>;
  readonly #context: Context;

  constructor(footnote: Footnote, context: Context) {
    this.#context = context;
    this.#label = footnote.label;
    this.#content = context.notes.write(footnote.label);
    this.#blocks = blocksIn(this.#content, context);
  }

  fits(footnote: Footnote): boolean {
    return footnote.label === this.#label;
  }

  sync(footnote: Footnote, final: boolean): void {
    this.#blocks.sync(footnote.children, final ? footnote.children.length : footnote.settled);
  }

  drop(): void {
    this.#context.notes.erase(this.#label, this.#content);
  }
}
