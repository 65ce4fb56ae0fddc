/** A formula: its source until it can be set, and where it cannot. */

import { element, isMath } from "../base/dom.ts";
import type { FormulaRenderer, RenderContext } from "./context.ts";
import { revealInvisible } from "./invisible-characters.ts";

/** A formula that still grows is set again with each piece, which a long one would not bear. */
const GROWING = 2_000;

export class FormulaSpan {
  readonly node: HTMLElement;
  readonly #display: boolean;
  readonly #context: RenderContext;
  #tex: string | undefined;
  #asked = false;
  /** What is shown is this formula, and not an earlier form of it. */
  #current = false;
  #settled = false;

  constructor(display: boolean, context: RenderContext) {
    this.#display = display;
    this.#context = context;
    this.node = element("span", display ? "nbstream-math nbstream-math-display" : "nbstream-math");
  }

  sync(tex: string): void {
    if (tex === this.#tex) return;
    const first = this.#tex === undefined;
    this.#tex = tex;
    const { renderFormula } = this.#context;
    if (renderFormula) this.#show(renderFormula, first);
    else {
      this.#source();
      this.#ask();
    }
  }

  /** It does not change any more; what is wrong now is shown as it was written. */
  settle(): void {
    this.#settled = true;
    const { renderFormula } = this.#context;
    if (!this.#current && renderFormula) this.#show(renderFormula, true);
  }

  #show(formulas: FormulaRenderer, must: boolean): void {
    const tex = this.#tex ?? "";
    const made = this.#settled || tex.length <= GROWING ? formulas(tex, this.#display) : undefined;
    this.#current = made !== undefined && isMath(made);
    if (made && this.#current) this.node.replaceChildren(made);
    // While it grows, what is wrong is only unfinished: the last form that could be set stays.
    else if (must) this.#source();
  }

  #source(): void {
    this.node.replaceChildren(
      element("code", "nbstream-tex", { dir: "ltr" }, ...revealInvisible(this.#tex ?? "")),
    );
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#context.assets.math().then((formulas) => {
      if (!formulas) return;
      this.#context.renderFormula = formulas;
      this.#context.schedule(() => this.#show(formulas, true));
    });
  }
}
