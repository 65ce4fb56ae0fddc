/** Footnotes: written anywhere in the text, shown at its end in the order in which they are referred to. */

import { element, elementId, setFragmentHref } from "../base/dom.ts";

interface Body {
  readonly item: HTMLLIElement;
  readonly content: HTMLElement;
  number: number | undefined;
}

export class Footnotes {
  /** Empty until a note is both written and referred to. */
  readonly element = element("section", "nbstream-notes", { hidden: "", "aria-label": "Footnotes" });
  readonly #list = this.element.appendChild(element("ol", "", { role: "list" }));
  readonly #view: string;
  readonly #numbers = new Map<string, number>();
  readonly #bodies = new Map<string, Body>();
  readonly #references = new Map<number, HTMLElement[]>();

  /** `view` tells the ids of one view from those of all others. */
  constructor(view: string) {
    this.#view = view;
  }

  /** A reference in the text. */
  reference(label: string, number: number): HTMLElement {
    this.#numbers.set(label, number);
    const link = element("a", "", { role: "doc-noteref" }, String(number));
    const id = elementId(this.#view, "note", number);
    setFragmentHref(link, id);
    // The page's own address is left alone: it is the notebook's.
    link.addEventListener("click", (event) => {
      event.preventDefault();
      visit(document.getElementById(id));
    });
    const references = this.#references.get(number);
    if (references) references.push(link);
    else this.#references.set(number, [link]);
    this.#show(label);
    return element("sup", "nbstream-ref", {}, link);
  }

  /** The place for the text of a note; what is not the first of its label is shown nowhere. */
  define(label: string): HTMLElement {
    const content = element("div", "nbstream-note-text");
    if (this.#bodies.has(label)) return content;
    const item = element("li", "", { role: "listitem", tabindex: "-1" }, content);
    this.#bodies.set(label, { item, content, number: undefined });
    this.#show(label);
    return content;
  }

  /** The text of a note is no longer there. */
  remove(label: string, content: HTMLElement): void {
    const body = this.#bodies.get(label);
    if (body?.content !== content) return;
    this.#bodies.delete(label);
    body.item.remove();
    this.element.hidden = this.#list.childElementCount === 0;
  }

  #show(label: string): void {
    const number = this.#numbers.get(label);
    const body = this.#bodies.get(label);
    if (number === undefined || body === undefined || body.number === number) return;
    if (body.number === undefined) body.item.append(this.#back(body));
    body.number = number;
    body.item.id = elementId(this.#view, "note", number);
    body.item.value = number;
    const next = [...this.#list.children].find((other) => (other as HTMLLIElement).value > number);
    this.#list.insertBefore(body.item, next ?? null);
    this.element.hidden = false;
  }

  #back(body: Body): HTMLElement {
    const back = element(
      "button",
      "nbstream-back",
      { type: "button", "aria-label": "Back to the text" },
      "↩",
    );
    back.addEventListener("click", () => {
      visit(this.#references.get(body.number ?? 0)?.find((reference) => reference.isConnected));
    });
    return back;
  }
}

function visit(place: HTMLElement | null | undefined): void {
  place?.scrollIntoView({ block: "nearest" });
  place?.focus({ preventScroll: true });
}
