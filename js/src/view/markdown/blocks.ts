/** Views of Markdown blocks, including the blocks that contain other blocks. */

import type { Alert, Block, Details, Footnote, Item, List, Quote } from "../../core/markdown/tree.ts";
import { BLOCK_TEXT } from "../../core/page-text.ts";
import { element, emptyNode, setAttribute } from "../base/dom.ts";
import { CodeView } from "./code.ts";
import type { RenderContext } from "./context.ts";
import { type ChildView, GrowingList, type Skipping } from "./growing-list.ts";
import { FormulaView, ProseView, RuleView } from "./prose.ts";
import { TableView } from "./table.ts";

const BLOCKS_PER_BOX = 8;
const ITEMS_PER_BOX = 16;

/**
 * Create the list of a container's blocks.
 *
 * @param directsHost Whether the host takes its writing direction from its first text. If so, the first block
 *   has no direction of its own and inherits the host's.
 */
export function createBlockList(
  host: HTMLElement,
  context: RenderContext,
  directsHost = false,
  skipping?: Skipping<Block>,
): GrowingList<Block> {
  const createView = (block: Block, index: number) =>
    createBlockView(block, context, directsHost && index === 0 ? host : undefined);
  return new GrowingList<Block>({
    childrenPerBox: BLOCKS_PER_BOX,
    host,
    createView,
    ...(skipping && { skipping }),
  });
}

/** Create a view that is used again only for blocks of the same kind. */
function createBlockView(block: Block, context: RenderContext, around?: HTMLElement): ChildView<Block> {
  const view = createViewOfKind(block, context, around) as ChildView<Block>;
  return {
    node: view.node,
    canShow: (next) => next.kind === block.kind && view.canShow(next),
    sync: (next, isFinal) => view.sync(next, isFinal),
    dispose: () => view.dispose?.(),
  };
}

function createViewOfKind(block: Block, context: RenderContext, around?: HTMLElement): ChildView<never> {
  switch (block.kind) {
    case "paragraph":
    case "heading":
    case "summary":
      return new ProseView(block, context, around);
    case "code":
      return new CodeView(context);
    case "formula":
      return new FormulaView(context);
    case "table":
      return new TableView(context);
    case "rule":
      return new RuleView();
    case "list":
      return new ListView(block, context);
    case "quote":
      return new QuoteView(block, context);
    case "details":
      return new DetailsView(context);
    case "footnote":
      return new FootnoteView(block, context);
    default:
      return block satisfies never;
  }
}

class QuoteView implements ChildView<Quote> {
  readonly node = element("blockquote", "", { dir: "ltr" });
  readonly #alert: Alert | undefined;
  readonly #blocks: GrowingList<Block>;

  constructor({ alert }: Quote, context: RenderContext) {
    this.#alert = alert;
    const content = alert ? element("div", "", { role: "presentation" }) : this.node;
    this.#blocks = createBlockList(content, context, true);
    if (!alert) return;
    const name = alert.charAt(0).toUpperCase() + alert.slice(1);
    this.node.className = `nbstream-note-box nbstream-note-${alert}`;
    setAttribute(this.node, "aria-label", name);
    this.node.append(element("p", "nbstream-note-name", { dir: "ltr" }, name), content);
  }

  canShow(quote: Quote): boolean {
    return quote.alert === this.#alert;
  }

  sync(quote: Quote, isFinal: boolean): void {
    this.#blocks.sync(quote.children, isFinal ? quote.children.length : quote.settled);
  }
}

/**
 * View of a part that a reader may fold. Until its end has come it is unfolded, because what comes must be seen, and a
 * part without an end must not hide the rest of the answer.
 */
class DetailsView implements ChildView<Details> {
  readonly node = element("details", "", { open: "", dir: "ltr" });
  readonly #blocks: GrowingList<Block>;
  #isWhole = false;

  constructor(context: RenderContext) {
    this.#blocks = createBlockList(this.node, context);
  }

  canShow(): boolean {
    return true;
  }

  sync(details: Details, isFinal: boolean): void {
    this.#blocks.sync(details.children, isFinal ? details.children.length : details.settled);
    if (details.open === !this.#isWhole) return;
    this.#isWhole = !details.open;
    this.node.open = details.open || details.unfolded;
  }
}

class ListView implements ChildView<List> {
  readonly node: HTMLElement;
  readonly #isOrdered: boolean;
  readonly #items: GrowingList<Item>;

  constructor(list: List, context: RenderContext) {
    this.#isOrdered = list.ordered;
    this.node = element(list.ordered ? "ol" : "ul", "", { role: "list" });
    this.#items = new GrowingList<Item>({
      childrenPerBox: ITEMS_PER_BOX,
      host: this.node,
      createView: () => new ItemView(context),
    });
  }

  canShow(list: List): boolean {
    return list.ordered === this.#isOrdered;
  }

  sync(list: List, isFinal: boolean): void {
    if (list.ordered) setAttribute(this.node, "start", String(list.start));
    // Often a list turns out to be loose only when more of it comes. Each item has its paragraphs from the
    // start, so only this class changes then.
    setAttribute(this.node, "class", list.tight ? "nbstream-tight" : undefined);
    this.#items.sync(list.children, isFinal ? list.children.length : list.settled);
  }
}

class ItemView implements ChildView<Item> {
  readonly node = element("li", "", { role: "listitem", dir: "ltr" });
  readonly #blocks: GrowingList<Block>;
  #checkbox: HTMLInputElement | undefined;

  constructor(context: RenderContext) {
    this.#blocks = createBlockList(this.node, context, true);
  }

  canShow(): boolean {
    return true;
  }

  sync(item: Item, isFinal: boolean): void {
    this.#syncCheckbox(item.task);
    this.#blocks.sync(item.children, isFinal ? item.children.length : item.settled);
  }

  /** Show the state of a task. The checkbox is disabled, because the model sets the state, not the user. */
  #syncCheckbox(isDone: boolean | undefined): void {
    setAttribute(this.node, "class", isDone === undefined ? undefined : "nbstream-task");
    if (isDone === undefined) {
      this.#checkbox?.remove();
      this.#checkbox = undefined;
      return;
    }
    if (!this.#checkbox) {
      this.#checkbox = element("input", "", {
        type: "checkbox",
        disabled: "",
        "aria-label": BLOCK_TEXT.task,
      });
      this.node.prepend(this.#checkbox);
    }
    setAttribute(this.#checkbox, "checked", isDone ? "" : undefined);
  }
}

/**
 * View of a footnote's text. Its place in the document stays empty, because all footnotes are shown together
 * at the end.
 */
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

  sync(footnote: Footnote, isFinal: boolean): void {
    this.#blocks.sync(footnote.children, isFinal ? footnote.children.length : footnote.settled);
  }

  dispose(): void {
    this.#context.footnotes.remove(this.#label, this.#content);
  }
}
