/** Leaves: paragraphs, headings, formulas, rules. */

import type { Formula, Prose, Rule } from "../../core/markdown/tree.ts";
import { element } from "../base/dom.ts";
import type { RenderContext } from "./context.ts";
import { FormulaSpan } from "./formula.ts";
import type { ChildView } from "./growing-list.ts";
import { InlineList } from "./inline.ts";

const HEADINGS = ["p", "h1", "h2", "h3", "h4", "h5", "h6"] as const;

export class ProseView implements ChildView<Prose> {
  readonly node: HTMLElement;
  readonly #context: RenderContext;
  readonly #line: InlineList;
  readonly #kind: string;
  #prose: Prose | undefined;
  #final = false;

  /** `inherits`: the first leaf of an item or quote, which tells it the direction, takes it from there. */
  constructor(prose: Prose, context: RenderContext, inherits: boolean) {
    this.#context = context;
    this.#kind = kindOf(prose);
    this.node = element(HEADINGS[prose.level] ?? "p", "", inherits ? {} : { dir: "auto" });
    this.#line = new InlineList(this.node, context);
  }

  canShow(prose: Prose): boolean {
    return kindOf(prose) === this.#kind;
  }

  sync(prose: Prose, final: boolean): void {
    this.#final = final;
    if (this.#prose !== prose) {
      this.#prose = prose;
      this.#context.rebuilders.set(prose, () => this.#line.rebuild(prose.inlines, this.#settled(prose)));
    }
    this.#line.sync(prose.inlines, this.#settled(prose));
    if (final) this.#context.announce(this.node.textContent ?? "");
  }

  #settled(prose: Prose): number {
    return this.#final ? prose.inlines.length : prose.settled;
  }
}

function kindOf(prose: Prose): string {
  return `${prose.kind} ${prose.level}`;
}

export class FormulaView implements ChildView<Formula> {
  readonly node: HTMLElement;
  readonly #formula: FormulaSpan;
  readonly #context: RenderContext;

  constructor(context: RenderContext) {
    this.#context = context;
    this.#formula = new FormulaSpan(true, context);
    this.node = element("div", "nbstream-formula", { tabindex: "0", role: "group", "aria-label": "Formula" });
    this.node.append(this.#formula.node);
  }

  canShow(): boolean {
    return true;
  }

  sync(formula: Formula, final: boolean): void {
    this.#formula.sync(formula.tex);
    if (!final && formula.open) return;
    this.#formula.settle();
    if (final) this.#context.announce(`Formula: ${formula.tex}`);
  }
}

export class RuleView implements ChildView<Rule> {
  readonly node = element("hr", "");

  canShow(): boolean {
    return true;
  }

  sync(): void {}
}
