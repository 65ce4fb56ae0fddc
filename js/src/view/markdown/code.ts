/** A block of code: a bar with its language and what can be done with it, and the lines in chunks. */

import type { Code } from "../../core/markdown/tree.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setAttribute, setText } from "../base/dom.ts";
import { CodeLines } from "./code-lines.ts";
import type { RenderContext } from "./context.ts";
import type { ChildView } from "./growing-list.ts";

/** A language is a word; what else an opening fence says is for programs. */
const LANGUAGE = /^[{.\s]*([^\s{}.,:;"'`=]+)/u;
const LONGEST = 40;

/** What a notebook of ours can run; a block that names no language is taken for it. */
const RUNS = /^(?:(?:i?python|py)3?|)$/i;

export class CodeView implements ChildView<Code> {
  readonly node: HTMLElement;
  readonly #label = element("bdi", "nbstream-code-language");
  readonly #pre: HTMLElement;
  readonly #lines: CodeLines;
  readonly #insert: HTMLButtonElement;
  readonly #context: RenderContext;
  #code: Code | undefined;
  #info: string | undefined;

  constructor(context: RenderContext) {
    this.#context = context;
    const code = element("code", "");
    this.#pre = element("pre", "", { tabindex: "0", dir: "ltr", role: "group" }, code);
    this.#lines = new CodeLines(code, context);
    const copy = copyButton("Copy the code", () => this.#text());
    const bar = element("div", "nbstream-code-bar", {}, this.#label, this.#wrapButton(), copy);
    const insert = () => context.insertCode?.(this.#text());
    this.#insert = button("Insert", insert, { title: "Put the code into a new cell below" });
    if (context.insertCode) bar.append(this.#insert);
    this.node = element("div", "nbstream-code", {}, bar, this.#pre);
  }

  canShow(): boolean {
    return true;
  }

  sync(code: Code, final: boolean): void {
    this.#code = code;
    const language = languageOf(code.info);
    if (code.info !== this.#info) {
      this.#info = code.info;
      setText(this.#label, language);
      setAttribute(this.#pre, "aria-label", language ? `Code in ${language}` : "Code");
    }
    setAttribute(this.#insert, "hidden", code.lines.length > 0 && RUNS.test(language) ? undefined : "");
    // A fence that is still being written names half a language.
    if (code.lines.length > 0) this.#lines.setLanguage(language);
    this.#lines.sync(code.lines, final ? code.lines.length : code.settled);
    if (final) this.#context.announce(`Code${language && ` in ${language}`}, ${code.lines.length} lines`);
  }

  #text(): string {
    return this.#code?.lines.join("\n") ?? "";
  }

  #wrapButton(): HTMLElement {
    const press = () => {
      const on = this.#pre.classList.toggle("nbstream-wrapped");
      setAttribute(wrap, "aria-pressed", String(on));
    };
    const wrap = button("Wrap", press, { "aria-pressed": "false" });
    return wrap;
  }
}

export function languageOf(info: string): string {
  return (LANGUAGE.exec(info)?.[1] ?? "").slice(0, LONGEST);
}
