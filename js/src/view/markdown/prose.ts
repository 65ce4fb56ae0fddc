/** Views of the blocks that contain no other blocks: paragraphs, headings, formulas and thematic breaks. */

import type { Formula, Prose, Rule } from "../../core/markdown/tree.ts";
import { BLOCK_TEXT } from "../../core/page-text.ts";
import { element } from "../base/dom.ts";
import type { RenderContext } from "./context.ts";
import { Direction } from "./direction.ts";
import { FormulaSpan } from "./formula.ts";
import type { ChildView } from "./growing-list.ts";
import { InlineList } from "./inline.ts";

const TAGS = ["p", "h1", "h2", "h3", "h4", "h5", "h6"] as const;

export class ProseView implements ChildView<Prose> {
  readonly node: HTMLElement;
  readonly #context: RenderContext;
  readonly #inlines: InlineList;
  readonly #direction: Direction;
  readonly #kind: string;
  #prose: Prose | undefined;
  #isFinal = false;

  /**
   * @param around The item or quote around this leaf, if that takes its writing direction from the leaf's
   *   text. The leaf then inherits that direction and sets none itself.
   */
  constructor(prose: Prose, context: RenderContext, around?: HTMLElement) {
    this.#context = context;
    this.#kind = kindAndLevel(prose);
    this.node = element(prose.kind === "summary" ? "summary" : (TAGS[prose.level] ?? "p"), "");
    this.#direction = new Direction(around ?? this.node);
    this.#inlines = new InlineList(this.node, context);
  }

  canShow(prose: Prose): boolean {
    return kindAndLevel(prose) === this.#kind;
  }

  sync(prose: Prose, isFinal: boolean): void {
    this.#isFinal = isFinal;
    if (this.#prose !== prose) {
      this.#prose = prose;
      this.#context.rebuilders.set(prose, () => {
        this.#inlines.rebuild(prose.inlines, this.#settledCount(prose));
        this.#direction.sync(prose.inlines, prose.settled, this.#isFinal);
      });
    }
    this.#direction.sync(prose.inlines, prose.settled, isFinal);
    this.#inlines.sync(prose.inlines, this.#settledCount(prose));
    if (isFinal) this.#context.announce(this.node.textContent);
  }

  #settledCount(prose: Prose): number {
    return this.#isFinal ? prose.inlines.length : prose.settled;
  }
}

function kindAndLevel(prose: Prose): string {
  return `${prose.kind} ${prose.level}`;
}

export class FormulaView implements ChildView<Formula> {
  readonly node: HTMLElement;
  readonly #formula: FormulaSpan;
  readonly #context: RenderContext;

  constructor(context: RenderContext) {
    this.#context = context;
    this.#formula = new FormulaSpan(true, context);
    this.node = element("div", "nbstream-formula", {
      tabindex: "0",
      role: "group",
      "aria-label": BLOCK_TEXT.formula,
    });
    this.node.append(this.#formula.node);
  }

  canShow(): boolean {
    return true;
  }

  sync(formula: Formula, isFinal: boolean): void {
    this.#formula.sync(formula.tex);
    if (!isFinal && formula.open) return;
    this.#formula.settle();
    if (isFinal) this.#context.announce(BLOCK_TEXT.formulaOf(formula.tex));
  }
}

export class RuleView implements ChildView<Rule> {
  readonly node = element("hr", "");

  canShow(): boolean {
    return true;
  }

  sync(): void {}
}
