/** View of a code block: a bar with the language and the buttons, and the lines below it. */

import type { Code } from "../../core/markdown/tree.ts";
import { CODE_TEXT, COPY_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setAttribute, setText } from "../base/dom.ts";
import { CodeLines } from "./code-lines.ts";
import type { RenderContext } from "./context.ts";
import { Diagram } from "./diagram.ts";
import type { ChildView } from "./growing-list.ts";

/** The language is the first word after the opening fence. The other words there are options for programs. */
const LANGUAGE = /^[{.\s]*([^\s{}.,:;"'`=]+)/u;
const MAX_LANGUAGE_CHARS = 40;

/** Languages that a notebook's kernel can run. A code block that names none is assumed to be Python. */
const RUNNABLE = /^(?:(?:i?python|py)3?|)$/i;

export class CodeView implements ChildView<Code> {
  readonly node: HTMLElement;
  readonly #label = element("bdi", "nbstream-code-language");
  readonly #pre: HTMLElement;
  readonly #lines: CodeLines;
  readonly #insertButton: HTMLButtonElement;
  readonly #context: RenderContext;
  readonly #bar: HTMLElement;
  #diagram: Diagram | undefined;
  #code: Code | undefined;
  #info: string | undefined;

  constructor(context: RenderContext) {
    this.#context = context;
    const code = element("code", "");
    this.#pre = element("pre", "", { tabindex: "0", dir: "ltr", role: "group" }, code);
    this.#lines = new CodeLines(code, context);
    const copy = copyButton(...COPY_TEXT.code, () => this.#text());
    const bar = element("div", "nbstream-code-bar", {}, this.#label, this.#createWrapButton(), copy);
    const insert = () => context.insertCode?.(this.#text());
    this.#insertButton = button(CODE_TEXT.insert, insert, {
      class: "nbstream-icon nbstream-insert",
      title: CODE_TEXT.insertTitle,
    });
    if (context.insertCode) bar.append(this.#insertButton);
    this.node = element("div", "nbstream-code", {}, bar, this.#pre);
    this.#bar = bar;
  }

  canShow(): boolean {
    return true;
  }

  sync(code: Code, isFinal: boolean): void {
    this.#code = code;
    const language = languageOf(code.info);
    if (code.info !== this.#info) {
      this.#info = code.info;
      setText(this.#label, language);
      setAttribute(this.#pre, "aria-label", CODE_TEXT.code(language));
    }
    const isInsertable = code.lines.length > 0 && RUNNABLE.test(language);
    setAttribute(this.#insertButton, "hidden", isInsertable ? undefined : "");
    // While the opening fence is still being written, the name of the language may be incomplete. The
    // language is set only when the first line of code has come.
    if (code.lines.length > 0) this.#lines.setLanguage(language);
    this.#lines.sync(code.lines, isFinal ? code.lines.length : code.settled);
    if (isFinal && language === "mermaid") this.#offerDiagram();
    if (isFinal) this.#context.announce(CODE_TEXT.lines(CODE_TEXT.code(language), code.lines.length));
  }

  #offerDiagram(): void {
    const { drawDiagram } = this.#context;
    if (!drawDiagram || this.#diagram) return;
    this.#diagram = new Diagram(() => this.#text(), drawDiagram);
    this.#bar.firstElementChild?.after(this.#diagram.button);
    this.node.append(this.#diagram.element);
  }

  #text(): string {
    return this.#code?.lines.join("\n") ?? "";
  }

  #createWrapButton(): HTMLElement {
    const toggle = () => {
      const isWrapped = this.#pre.classList.toggle("nbstream-wrapped");
      setAttribute(node, "aria-pressed", String(isWrapped));
    };
    const node = button(CODE_TEXT.wrap, toggle, {
      class: "nbstream-icon nbstream-wrap",
      title: CODE_TEXT.wrapTitle,
      "aria-pressed": "false",
    });
    return node;
  }
}

/** Read the language from the opening fence's info string; "" if it names none. */
export function languageOf(info: string): string {
  return (LANGUAGE.exec(info)?.[1] ?? "").slice(0, MAX_LANGUAGE_CHARS);
}
