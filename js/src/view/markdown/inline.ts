/** What stands in a line of text, as nodes; each part of a line is one node. */

import type { Inline } from "../../core/markdown/tree.ts";
import { element, safeLinkUrl, setAttribute, setHref, setText, textNode, updateText } from "../base/dom.ts";
import type { RenderContext } from "./context.ts";
import { FormulaSpan } from "./formula.ts";
import { imageNode } from "./image.ts";
import { revealInvisible } from "./invisible-characters.ts";
import { placeOf, realPlace } from "./link-host.ts";

type Of<Kind> = Extract<Inline, { kind: Kind }>;

interface Made {
  inline: Inline;
  readonly node: ChildNode;
  /** Bring the node up to another inline of the same kind, or give false if a new node is needed. */
  readonly amend: (next: Inline) => boolean;
  /** It does not change any more. */
  readonly settle?: () => void;
}

const TAGS = { emphasis: "em", strong: "strong", strike: "del" } as const;

/** Inlines in an element of their own, made once as far as they are settled. */
export class InlineList {
  readonly #host: HTMLElement;
  readonly #context: RenderContext;
  #made = 0;
  #open: Made[] = [];

  constructor(host: HTMLElement, context: RenderContext) {
    this.#host = host;
    this.#context = context;
  }

  sync(inlines: readonly Inline[], settled: number): void {
    const before = this.#made;
    for (let at = before; at < inlines.length; at++) {
      const inline = inlines[at] as Inline;
      const old = this.#open[at - before];
      if (old && amended(old, inline)) continue;
      const made = make(inline, this.#context);
      if (old) old.node.replaceWith(made.node);
      else this.#host.append(made.node);
      this.#open[at - before] = made;
    }
    for (const made of this.#open.splice(inlines.length - before)) made.node.remove();
    this.#made = Math.max(before, Math.min(settled, inlines.length));
    for (const made of this.#open.splice(0, this.#made - before)) made.settle?.();
  }

  /** A late definition changed what was settled. */
  rebuild(inlines: readonly Inline[], settled: number): void {
    this.#made = 0;
    this.#open = [];
    this.#host.replaceChildren();
    this.sync(inlines, settled);
  }
}

function amended(old: Made, next: Inline): boolean {
  if (old.inline === next) return true;
  if (old.inline.kind !== next.kind || !old.amend(next)) return false;
  old.inline = next;
  return true;
}

function make(inline: Inline, context: RenderContext): Made {
  switch (inline.kind) {
    case "text":
      return makeText(inline);
    case "code":
      return makeCode(inline);
    case "math":
      return makeFormula(inline, context);
    case "break":
      return { inline, node: element("br", ""), amend: () => true };
    case "link":
      return makeLink(inline, context);
    case "image": {
      const node = imageNode(inline.src, inline.alt, inline.title);
      return fixed(inline, node, (a, b) => a.src === b.src && a.alt === b.alt && a.title === b.title);
    }
    case "note":
      return fixed(
        inline,
        context.footnotes.reference(inline.label, inline.number),
        (a, b) => a.label === b.label && a.number === b.number,
      );
    default:
      return makeNested(inline, context);
  }
}

function makeText(inline: Of<"text">): Made {
  const node = textNode(inline.text);
  const amend = (next: Inline) => {
    updateText(node, (next as Of<"text">).text);
    return true;
  };
  return { inline, node, amend };
}

function makeNested(inline: Of<"emphasis" | "strong" | "strike">, context: RenderContext): Made {
  const node = element(TAGS[inline.kind], "");
  const line = new InlineList(node, context);
  let { children } = inline;
  line.sync(children, 0);
  const amend = (next: Inline) => {
    children = (next as typeof inline).children;
    line.sync(children, 0);
    return true;
  };
  return { inline, node, amend, settle: () => line.sync(children, children.length) };
}

/** What is either the same or made anew. */
function fixed<Kind extends Inline>(
  inline: Kind,
  node: ChildNode,
  same: (a: Kind, b: Kind) => boolean,
): Made {
  return { inline, node, amend: (next) => same(inline, next as Kind) };
}

function makeCode(inline: Of<"code">): Made {
  const node = element("code", "", {}, ...revealInvisible(inline.text));
  const amend = (next: Inline) => {
    const { text } = next as Of<"code">;
    const only = node.childNodes.length === 1 ? node.firstChild : null;
    const nodes = revealInvisible(text);
    if (only instanceof Text && nodes.length === 1) updateText(only, text);
    else node.replaceChildren(...nodes);
    return true;
  };
  return { inline, node, amend };
}

function makeFormula(inline: Of<"math">, context: RenderContext): Made {
  const formula = new FormulaSpan(inline.display, context);
  formula.sync(inline.tex);
  const amend = (next: Inline) => {
    const { tex, display } = next as Of<"math">;
    if (display !== inline.display) return false;
    formula.sync(tex);
    return true;
  };
  return { inline, node: formula.node, amend, settle: () => formula.settle() };
}

/**
 * A link is one from its first character on: what may change is where it leads, and beside its text the place
 * that it really leads to. What leads nowhere safe has no address, and so is text.
 */
function makeLink(inline: Of<"link">, context: RenderContext): Made {
  const text = element("bdi", "");
  const node = element("a", "nbstream-link", {}, text);
  const place = element("span", "nbstream-host", { dir: "ltr" });
  const line = new InlineList(text, context);
  let { children } = inline;
  let shown: string | undefined;
  const amend = (next: Inline) => {
    const { href, title } = next as Of<"link">;
    children = (next as Of<"link">).children;
    line.sync(children, 0);
    const words = text.textContent ?? "";
    const now = `${href}\n${title}\n${words}`;
    if (now === shown) return true;
    shown = now;
    const url = safeLinkUrl(href);
    setHref(node, url);
    setAttribute(node, "title", title || undefined);
    let real = url ? realPlace(words, url, title) : "";
    if (url && isDrawn(children)) real = placeOf(url);
    setText(place, real && ` (→ ${real})`);
    if (real) node.append(place);
    else place.remove();
    return true;
  };
  amend(inline);
  return { inline, node, amend, settle: () => line.sync(children, children.length) };
}

/** What a formula or an image looks like cannot be compared. */
function isDrawn(inlines: readonly Inline[]): boolean {
  return inlines.some(
    (inline) =>
      inline.kind === "math" || inline.kind === "image" || ("children" in inline && isDrawn(inline.children)),
  );
}
