/** Blocks as elements, and what holds blocks. */

import type { Block, Footnote, Item, List, Quote } from "../../core/markdown/tree.ts";
import { element, emptyNode, setAttribute } from "../base/dom.ts";
import { CodeView } from "./code.ts";
import type { RenderContext } from "./context.ts";
import { type ChildView, GrowingList } from "./growing-list.ts";
import { FormulaView, ProseView, RuleView } from "./prose.ts";
import { TableView } from "./table.ts";

/** Blocks, and items, in a box. */
const BLOCKS = 8;
const ITEMS = 16;

/** The blocks of a container. In a box that takes its direction from its first text, that text inherits it. */
export function createBlockList(
  host: HTMLElement,
  context: RenderContext,
  inherits = false,
): GrowingList<Block> {
  const createView = (block: Block, at: number) => makeBlock(block, context, inherits && at === 0);
  return new GrowingList<Block>({ childrenPerBox: BLOCKS, host, createView });
}

function makeBlock(block: Block, context: RenderContext, inherits: boolean): ChildView<Block> {
  const view = viewOf(block, context, inherits);
  return {
    node: view.node,
    canShow: (part) => part.kind === block.kind && view.canShow(part),
    sync: (part, final) => view.sync(part, final),
    dispose: () => view.dispose?.(),
  };
}

/** Each view is only ever given blocks of its kind, which `makeBlock` sees to. */
function viewOf(block: Block, context: RenderContext, inherits: boolean): ChildView<Block> {
  const views: { readonly [Kind in Block["kind"]]: () => ChildView<never> } = {
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
  return views[block.kind]() as ChildView<Block>;
}

class QuoteView implements ChildView<Quote> {
  readonly node = element("blockquote", "", { dir: "auto" });
  readonly #blocks: GrowingList<Block>;

  constructor(context: RenderContext) {
    this.#blocks = createBlockList(this.node, context, true);
  }

  canShow(): boolean {
    return true;
  }

  sync(quote: Quote, final: boolean): void {
    this.#blocks.sync(quote.children, final ? quote.children.length : quote.settled);
  }
}

class ListView implements ChildView<List> {
  readonly node: HTMLElement;
  readonly #ordered: boolean;
  readonly #items: GrowingList<Item>;

  constructor(list: List, context: RenderContext) {
    this.#ordered = list.ordered;
    this.node = element(list.ordered ? "ol" : "ul", "", { role: "list" });
    this.#items = new GrowingList<Item>({
      childrenPerBox: ITEMS,
      host: this.node,
      createView: () => new ItemView(context),
    });
  }

  canShow(list: List): boolean {
    return list.ordered === this.#ordered;
  }

  sync(list: List, final: boolean): void {
    if (list.ordered) setAttribute(this.node, "start", String(list.start));
    // Every item has its paragraphs: that a list is loose shows late, and then is one class.
    setAttribute(this.node, "class", list.tight ? "nbstream-tight" : undefined);
    this.#items.sync(list.children, final ? list.children.length : list.settled);
  }
}

class ItemView implements ChildView<Item> {
  readonly node = element("li", "", { role: "listitem", dir: "auto" });
  readonly #blocks: GrowingList<Block>;
  #box: HTMLInputElement | undefined;

  constructor(context: RenderContext) {
    this.#blocks = createBlockList(this.node, context, true);
  }

  canShow(): boolean {
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
class FootnoteView implements ChildView<Footnote> {
  readonly node: ChildNode = emptyNode();
  readonly #label: string;
  readonly #content: HTMLElement;
  readonly #blocks: GrowingList<Block>;
  readonly #context: RenderContext;

  constructor(footnote: Footnote, context: RenderContext) {
    this.#context = context;
    this.#label = footnote.label;
    this.#content = context.footnotes.define(footnote.label);
    this.#blocks = createBlockList(this.#content, context);
  }

  canShow(footnote: Footnote): boolean {
    return footnote.label === this.#label;
  }

  sync(footnote: Footnote, final: boolean): void {
    this.#blocks.sync(footnote.children, final ? footnote.children.length : footnote.settled);
  }

  dispose(): void {
    this.#context.footnotes.remove(this.#label, this.#content);
  }
}
