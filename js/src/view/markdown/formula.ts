/** View of a formula. Until the formula can be rendered, or if it cannot be, its TeX source is shown. */

import { element } from "../base/dom.ts";
import { isMath } from "../base/math-dom.ts";
import type { FormulaRenderer, RenderContext } from "./context.ts";
import { RevealedText } from "./invisible-characters.ts";

/**
 * The longest formula that is rendered while it grows. It is rendered again with each piece of text, which is
 * too slow for a longer formula.
 */
const MAX_LIVE_CHARS = 2_000;

export class FormulaSpan {
  readonly node: HTMLElement;
  readonly #isDisplay: boolean;
  readonly #context: RenderContext;
  #source: HTMLElement | undefined;
  #sourceText: RevealedText | undefined;
  #tex: string | undefined;
  #isAssetRequested = false;
  /** Whether the node shows the current TeX rendered, and not an earlier form of it or the source. */
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

  /** Mark the formula as final. If it is still wrong, its source is shown. */
  settle(): void {
    this.#isSettled = true;
    const { renderFormula } = this.#context;
    if (!this.#isCurrent && renderFormula) this.#render(renderFormula, true);
  }

  /**
   * Render the TeX. If that fails, show the source (`showsSourceOnError`), or else leave the last form that
   * could be rendered.
   */
  #render(renderFormula: FormulaRenderer, showsSourceOnError: boolean): void {
    const tex = this.#tex ?? "";
    const isShort = this.#isSettled || tex.length <= MAX_LIVE_CHARS;
    const math = isShort ? renderFormula(tex, this.#isDisplay, this.#isSettled) : undefined;
    this.#isCurrent = math !== undefined && isMath(math);
    if (math && this.#isCurrent) this.node.replaceChildren(math);
    // While a formula grows, it is often wrong only because it is unfinished.
    else if (showsSourceOnError) this.#showSource();
  }

  #showSource(): void {
    this.#source ??= element("code", "nbstream-tex", { dir: "ltr" });
    this.#sourceText ??= new RevealedText(this.#source, this.#context.schedule);
    if (this.#source.parentNode !== this.node) this.node.replaceChildren(this.#source);
    this.#sourceText.sync(this.#tex ?? "");
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
