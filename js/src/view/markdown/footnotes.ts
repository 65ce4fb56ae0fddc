/**
 * View of a document's footnotes. They may be defined anywhere in the text, and are shown at its end in the
 * order of their references.
 */

import { BLOCK_TEXT } from "../../core/page-text.ts";
import { element, elementId, setFragmentHref } from "../base/dom.ts";

interface Definition {
  readonly item: HTMLLIElement;
  readonly content: HTMLElement;
  number: number | undefined;
}

export class Footnotes {
  /** Hidden until there is a footnote that has a text and a reference. */
  readonly element = element("section", "nbstream-notes", { hidden: "", "aria-label": BLOCK_TEXT.footnotes });
  readonly #list = this.element.appendChild(element("ol", "", { role: "list" }));
  readonly #view: string;
  readonly #numbers = new Map<string, number>();
  readonly #definitions = new Map<string, Definition>();
  readonly #references = new Map<number, HTMLElement[]>();
  /** The footnotes on the page, in the order of their numbers. */
  readonly #listed: Definition[] = [];
  /** The labels of the footnotes to place at `release`. */
  #held: string[] | undefined;

  /** @param view Makes this view's ids different from those of all other views. */
  constructor(view: string) {
    this.#view = view;
  }

  /** Create a reference in the text to the footnote with this label and number. */
  reference(label: string, number: number): HTMLElement {
    this.#numbers.set(label, number);
    const link = element("a", "", { role: "doc-noteref" }, String(number));
    const id = elementId(this.#view, "note", number);
    setFragmentHref(link, id);
    // The browser must not follow the link, because that would change the page's address, which belongs to
    // the notebook.
    link.addEventListener("click", (event) => {
      event.preventDefault();
      revealAndFocus(document.getElementById(id));
    });
    const references = this.#references.get(number);
    if (references) references.push(link);
    else this.#references.set(number, [link]);
    this.#place(label);
    return element("sup", "nbstream-ref", {}, link);
  }

  /** Create the element for a footnote's text. Only the first definition of a label is shown. */
  define(label: string): HTMLElement {
    const content = element("div", "nbstream-note-text");
    if (this.#definitions.has(label)) return content;
    const item = element("li", "", { role: "listitem", tabindex: "-1" }, content);
    this.#definitions.set(label, { item, content, number: undefined });
    this.#place(label);
    return content;
  }

  /**
   * Remove the footnote with this label, if `content` is the element that `define` created for it. The
   * element of a later definition of the label is not shown, so nothing is removed with it.
   */
  remove(label: string, content: HTMLElement): void {
    const definition = this.#definitions.get(label);
    if (definition?.content !== content) return;
    this.#definitions.delete(label);
    this.#unlist(definition);
    definition.item.remove();
    this.element.hidden = this.#list.childElementCount === 0;
  }

  /** Let the page be as it is until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const label of held) this.#place(label);
  }

  #place(label: string): void {
    if (this.#held) {
      this.#held.push(label);
      return;
    }
    const number = this.#numbers.get(label);
    const definition = this.#definitions.get(label);
    if (number === undefined || definition === undefined || definition.number === number) return;
    const { item } = definition;
    if (definition.number === undefined) item.append(this.#createBackButton(definition));
    else this.#unlist(definition);
    definition.number = number;
    item.id = elementId(this.#view, "note", number);
    item.value = number;
    const at = this.#listed.findLastIndex((other) => (other.number ?? 0) < number) + 1;
    this.#list.insertBefore(item, this.#listed[at]?.item ?? null);
    this.#listed.splice(at, 0, definition);
    this.element.hidden = false;
  }

  #unlist(definition: Definition): void {
    const at = this.#listed.lastIndexOf(definition);
    if (at >= 0) this.#listed.splice(at, 1);
  }

  #createBackButton(definition: Definition): HTMLElement {
    const attributes = { type: "button", "aria-label": BLOCK_TEXT.footnoteBack };
    const back = element("button", "nbstream-back", attributes, "↩");
    back.addEventListener("click", () => {
      const references = this.#references.get(definition.number ?? 0);
      revealAndFocus(references?.find((reference) => reference.isConnected));
    });
    return back;
  }
}

function revealAndFocus(node: HTMLElement | null | undefined): void {
  node?.scrollIntoView({ block: "nearest" });
  node?.focus({ preventScroll: true });
}
