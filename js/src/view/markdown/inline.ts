/** Views of inlines, the content of a line of text. Each inline becomes one node. */

import type { Inline, Span } from "../../core/markdown/tree.ts";
import { element, safeLinkUrl, setAttribute, setHref, setText, textNode, updateText } from "../base/dom.ts";
import { InlineBoxes, UNBOXED_CHARS } from "../base/inline-box.ts";
import type { RenderContext } from "./context.ts";
import { FormulaSpan } from "./formula.ts";
import { imageNode } from "./image.ts";
import { isDeceiving, type Marking, proseMarking, RevealedText } from "./invisible-characters.ts";
import { mismatchedHost } from "./link-host.ts";

type InlineOf<Kind> = Extract<Inline, { kind: Kind }>;

interface InlineView {
  inline: Inline;
  readonly node: ChildNode;
  /** Change the node so that it shows another inline of the same kind; false if that needs a new node. */
  readonly update: (next: Inline) => boolean;
  /** Note that the inline will not change any more. */
  readonly settle?: () => void;
}

const TAGS: Readonly<Record<Span, "em" | "strong" | "del" | "u" | "sub" | "sup" | "kbd" | "mark" | "small">> =
  {
    emphasis: "em",
    strong: "strong",
    strike: "del",
    underline: "u",
    sub: "sub",
    sup: "sup",
    kbd: "kbd",
    mark: "mark",
    small: "small",
  };

/**
 * The most nodes that one update adds to a list. Very many may come at once, because a long text is not parsed
 * with every piece.
 */
const NODES_PER_UPDATE = 2_048;

/** List of the inlines of one element. The nodes of settled inlines are made only once. */
export class InlineList {
  readonly #host: HTMLElement;
  readonly #context: RenderContext;
  #settledCount = 0;
  #openViews: InlineView[] = [];
  readonly #boxes: InlineBoxes;
  #isScheduled = false;
  #latest: [inlines: readonly Inline[], settled: number] = [[], 0];

  constructor(host: HTMLElement, context: RenderContext) {
    this.#host = host;
    this.#context = context;
    this.#boxes = new InlineBoxes(host);
  }

  /** Show these inlines. The first `settled` inlines are final. */
  sync(inlines: readonly Inline[], settled: number): void {
    this.#latest = [inlines, settled];
    const before = this.#settledCount;
    const count = Math.min(inlines.length, before + this.#openViews.length + NODES_PER_UPDATE);
    // A text grows after the nodes behind it are there. Otherwise the browser would shape the line when the text grows,
    // and once more for these nodes.
    const last = before + this.#openViews.length - 1;
    const lateChars = last < count - 1 ? grownChars(this.#openViews.at(-1)?.inline, inlines[last]) : 0;
    for (let index = before; index < count; index++)
      if (lateChars === 0 || index !== last) this.#syncAt(index, inlines[index] as Inline, lateChars);
    if (lateChars > 0) this.#syncAt(last, inlines[last] as Inline, 0);
    for (const view of this.#openViews.splice(count - before)) view.node.remove();
    this.#boxes.trim(count);
    this.#settledCount = Math.max(before, Math.min(settled, count));
    for (const view of this.#openViews.splice(0, this.#settledCount - before)) view.settle?.();
    if (count < inlines.length) this.#scheduleRest();
  }

  #syncAt(index: number, inline: Inline, lateChars: number): void {
    const old = this.#openViews[index - this.#settledCount];
    if (old && isUpdated(old, inline)) return;
    const view = createView(inline, this.#context);
    if (old) old.node.replaceWith(view.node);
    else this.#boxes.append(view.node, index, lateChars);
    this.#openViews[index - this.#settledCount] = view;
  }

  #scheduleRest(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#context.schedule(() => {
      this.#isScheduled = false;
      this.sync(...this.#latest);
    });
  }

  /** Make all nodes again, because a late definition changed inlines that were settled. */
  rebuild(inlines: readonly Inline[], settled: number): void {
    this.#settledCount = 0;
    this.#openViews = [];
    this.#host.replaceChildren();
    this.#boxes.trim(0);
    this.sync(inlines, settled);
  }
}

/** Return by how many characters a text has become longer; 0 for other inlines. */
function grownChars(old: Inline | undefined, next: Inline | undefined): number {
  const isText = old?.kind === "text" && next?.kind === "text";
  return isText ? Math.max(0, next.text.length - old.text.length) : 0;
}

function isUpdated(old: InlineView, next: Inline): boolean {
  if (old.inline === next) return true;
  if (old.inline.kind !== next.kind || !old.update(next)) return false;
  old.inline = next;
  return true;
}

function createView(inline: Inline, context: RenderContext): InlineView {
  switch (inline.kind) {
    case "text":
      return createText(inline, context);
    case "code":
      return createRevealed(inline, element("code", ""), context);
    case "math":
      return createFormula(inline, context);
    case "break":
      return { inline, node: element("br", ""), update: () => true };
    case "link":
      return createLink(inline, context);
    case "image": {
      const node = imageNode(inline.src, inline.alt, inline.title, context);
      return createFixed(inline, node, (a, b) => a.src === b.src && a.alt === b.alt && a.title === b.title);
    }
    case "note": {
      const node = context.footnotes.reference(inline.label, inline.number);
      return createFixed(inline, node, (a, b) => a.label === b.label && a.number === b.number);
    }
    default:
      return createNested(inline, context);
  }
}

function createText(inline: InlineOf<"text">, context: RenderContext): InlineView {
  if (inline.text.length > UNBOXED_CHARS || isDeceiving(inline.text))
    return createRevealed(inline, element("span", ""), context, proseMarking);
  const node = textNode(inline.text);
  const update = (next: Inline) => {
    const { text } = next as InlineOf<"text">;
    if (text.length > UNBOXED_CHARS || isDeceiving(text)) return false;
    updateText(node, text);
    return true;
  };
  return { inline, node, update };
}

function createNested(inline: Extract<Inline, { kind: Span }>, context: RenderContext): InlineView {
  const node = element(TAGS[inline.kind], "");
  const list = new InlineList(node, context);
  let { children } = inline;
  list.sync(children, 0);
  const update = (next: Inline) => {
    children = (next as typeof inline).children;
    list.sync(children, 0);
    return true;
  };
  return { inline, node, update, settle: () => list.sync(children, children.length) };
}

/** Create the view of an inline that is never changed. If the inline differs, it gets a new node. */
function createFixed<Kind extends Inline>(
  inline: Kind,
  node: ChildNode,
  isSame: (a: Kind, b: Kind) => boolean,
): InlineView {
  return { inline, node, update: (next) => isSame(inline, next as Kind) };
}

/** Create a view whose invisible characters are marked. */
function createRevealed(
  inline: InlineOf<"text" | "code">,
  node: HTMLElement,
  { schedule }: RenderContext,
  markingOf?: (text: string) => Marking,
): InlineView {
  const content = new RevealedText(node, schedule, markingOf);
  const update = (next: Inline) => {
    content.sync((next as typeof inline).text);
    return true;
  };
  update(inline);
  return { inline, node, update };
}

function createFormula(inline: InlineOf<"math">, context: RenderContext): InlineView {
  const formula = new FormulaSpan(inline.display, context);
  formula.sync(inline.tex);
  const update = (next: Inline) => {
    const { tex, display } = next as InlineOf<"math">;
    if (display !== inline.display) return false;
    formula.sync(tex);
    return true;
  };
  return { inline, node: formula.node, update, settle: () => formula.settle() };
}

/** Whether two links look the same. The text of most links is one inline; others are shown again. */
function isSameLink(a: InlineOf<"link">, b: InlineOf<"link">): boolean {
  const [[first, ...others], [second, ...rest]] = [a.children, b.children];
  const isText = first?.kind === "text" && second?.kind === "text" && first.text === second.text;
  return isText && others.length + rest.length === 0 && a.href === b.href && a.title === b.title;
}

/**
 * Elements whose look may differ from their text. A link that contains one always shows its host, because its
 * text cannot be compared with its address.
 */
const DRAWN = ".nbstream-math, .nbstream-image";

/**
 * Create a link. It is shown as a link from its first character on; its address, and the host beside its
 * text, may change later. If the address is not safe, the link gets no address, and so is only text.
 */
function createLink(inline: InlineOf<"link">, context: RenderContext): InlineView {
  const text = element("bdi", "");
  const node = element("a", "nbstream-link", {}, text);
  const hostNode = element("span", "nbstream-host", { dir: "ltr" });
  const list = new InlineList(text, context);
  let { children } = inline;
  let shown: InlineOf<"link"> | undefined;
  const update = (next: Inline) => {
    const { href, title } = next as InlineOf<"link">;
    if (shown && isSameLink(shown, next as InlineOf<"link">)) return true;
    shown = next as InlineOf<"link">;
    children = (next as InlineOf<"link">).children;
    list.sync(children, 0);
    const url = safeLinkUrl(href);
    setHref(node, url);
    setAttribute(node, "title", title || undefined);
    const words = text.querySelector(DRAWN) ? "" : text.textContent;
    const host = url && mismatchedHost(words, url);
    if (host) setText(hostNode, ` (→ ${host})`);
    if (!host) hostNode.remove();
    else if (!hostNode.parentNode) node.append(hostNode);
    return true;
  };
  update(inline);
  return { inline, node, update, settle: () => list.sync(children, children.length) };
}
