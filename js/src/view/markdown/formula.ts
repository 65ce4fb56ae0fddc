/** A formula: shown as its TeX source until it can be rendered, and where it cannot. */

import { element, isMath } from "../base/dom.ts";
import type { FormulaRenderer, RenderContext } from "./context.ts";
import { revealInvisible } from "./invisible-characters.ts";

/** A formula that still grows is rendered again with each piece, which is too slow beyond this length. */
const MAX_LIVE_CHARS = 2_000;

export class FormulaSpan {
  readonly node: HTMLElement;
  readonly #isDisplay: boolean;
  readonly #context: RenderContext;
  #tex: string | undefined;
  #isAssetRequested = false;
  /** The node shows the current TeX, and not an earlier form of it. */
  #isCurrent = false;
  #isSettled = false;

  constructor(isDisplay: boolean, context: RenderContext) {
    this.#isDisplay = isDisplay;
    this.#context = context;
    this.node = element("span", isDisplay ? "nbstream-math nbstream-math-display" : "nbstream-math");
  }

  sync(tex: string): void {
    if (tex === this.#tex) return;
    const isFirst = this.#tex === undefined;
    this.#tex = tex;
    const { renderFormula } = this.#context;
    if (renderFormula) this.#render(renderFormula, isFirst);
    else {
      this.#showSource();
      this.#requestRenderer();
    }
  }

  /** Mark the formula as final; if it is wrong now, its source is shown. */
  settle(): void {
    this.#isSettled = true;
    const { renderFormula } = this.#context;
    if (!this.#isCurrent && renderFormula) this.#render(renderFormula, true);
  }

  /**
   * Render the TeX. If that fails, show the source (`showsSourceOnError`) or leave the last form that worked.
   */
  #render(renderFormula: FormulaRenderer, showsSourceOnError: boolean): void {
    const tex = this.#tex ?? "";
    const isShort = this.#isSettled || tex.length <= MAX_LIVE_CHARS;
    const math = isShort ? renderFormula(tex, this.#isDisplay) : undefined;
    this.#isCurrent = math !== undefined && isMath(math);
    if (math && this.#isCurrent) this.node.replaceChildren(math);
    // A formula that grows is often wrong only because it is unfinished.
    else if (showsSourceOnError) this.#showSource();
  }

  #showSource(): void {
    const source = revealInvisible(this.#tex ?? "");
    this.node.replaceChildren(element("code", "nbstream-tex", { dir: "ltr" }, ...source));
  }

  #requestRenderer(): void {
    if (this.#isAssetRequested) return;
    this.#isAssetRequested = true;
    this.#context.assets.math().then((renderFormula) => {
      if (!renderFormula) return;
      this.#context.renderFormula = renderFormula;
      this.#context.schedule(() => this.#render(renderFormula, true));
    });
  }
}
