/**
 * The asset with the list of the notebook's variables, `static/variables.js`. The list opens when the user
 * types `@` in the message box. The box keeps the focus: its frame is the combobox of WAI-ARIA 1.1, so that
 * the box stays a text box for screen readers.
 */

import { COMPOSER_TEXT, LANGUAGE } from "../core/page-text.ts";
import { randomId } from "../core/random-id.ts";
import type { Variables } from "../core/variable-frames.ts";
import { element, setAttribute } from "../view/base/dom.ts";
import type { AttachMenu, MenuHost, VariableMenu } from "../view/composer/variable-source.ts";

/** An answer that comes later than this is not shown: the kernel is busy, and the user has gone on. */
export const MAX_ANSWER_MS = 2_000;

/** The `@` and the beginning of a name, at the caret. An address, such as `me@host`, is none. */
const NAME = /(?<![\w.%+\-@/`])@([\p{L}_][\p{L}\p{N}_]*)?$/u;

/** A line that opens or closes a code block. */
const FENCE = /^ {0,3}(?:```|~~~)/gm;

export interface NameQuery {
  /** The place of the `@`. */
  readonly start: number;
  readonly text: string;
}

/** Find the name that the user types at the caret; undefined if there is none, or if it is in code. */
export function nameAt(text: string, caret: number): NameQuery | undefined {
  const before = text.slice(0, caret);
  const name = NAME.exec(before);
  if (!name || /^[\p{L}\p{N}_]/u.test(text.slice(caret))) return undefined;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const isInCode = (before.match(FENCE) ?? []).length % 2 === 1 || line.split("`").length % 2 === 0;
  return isInCode ? undefined : { start: name.index, text: name[1] ?? "" };
}

class Menu implements VariableMenu {
  readonly #host: MenuHost;
  readonly #id = `nbstream-variables-${randomId()}`;
  readonly #list: HTMLElement;
  readonly #more = element("div", "nbstream-variables-more");
  readonly #element: HTMLElement;
  #query: NameQuery | undefined;
  #found: Variables | undefined;
  #active = 0;
  /** The `@` at which the user has closed the list. */
  #dismissedAt: number | undefined;

  constructor(host: MenuHost) {
    this.#host = host;
    this.#list = element("ul", "", { role: "listbox", id: this.#id, "aria-label": COMPOSER_TEXT.variables });
    this.#element = element("div", "nbstream-variables", {}, this.#list, this.#more);
    // A press on the list must not take the focus from the box.
    this.#element.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = (target as Element).closest("[role=option]");
      if (option) this.#choose([...this.#list.children].indexOf(option));
    });
    const { box } = host;
    for (const name of ["keyup", "click"]) box.addEventListener(name, () => this.update());
    box.addEventListener("blur", () => this.#close());
  }

  update(): void {
    const { box } = this.#host;
    const query = box.selectionStart === box.selectionEnd ? nameAt(box.value, box.selectionEnd) : undefined;
    if (query?.start !== this.#dismissedAt) this.#dismissedAt = undefined;
    if (!query || query.start === this.#dismissedAt) {
      this.#query = undefined;
      this.#close();
    } else if (query.start !== this.#query?.start || query.text !== this.#query.text) {
      this.#query = query;
      void this.#ask(query);
    }
  }

  handleKey(event: KeyboardEvent): boolean {
    const count = this.#found?.names.length ?? 0;
    const { key, ctrlKey, altKey, metaKey } = event;
    if (count === 0 || ctrlKey || altKey || metaKey) return false;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.#activate((this.#active + (key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (key === "Enter" || key === "Tab") {
      this.#choose(this.#active);
    } else if (key === "Escape") {
      // The chat would stop its reply.
      event.stopPropagation();
      this.#dismissedAt = this.#query?.start;
      this.update();
    } else return false;
    return true;
  }

  async #ask(query: NameQuery): Promise<void> {
    const asked = performance.now();
    const found = await this.#host.list(query.text);
    const isLate = performance.now() - asked > MAX_ANSWER_MS;
    if (query !== this.#query) return;
    // The same text is asked for again when the user goes on.
    if (isLate) this.#query = undefined;
    else this.#show(found);
  }

  #show(found: Variables): void {
    if (found.names.length === 0) {
      this.#close();
      return;
    }
    this.#found = found;
    const options = found.names.map((name, index) =>
      element(
        "li",
        "nbstream-variable",
        { role: "option", id: `${this.#id}-${index}` },
        element("span", "nbstream-variable-name", {}, name),
        element("span", "nbstream-variable-type", {}, found.types[index] ?? ""),
      ),
    );
    this.#list.replaceChildren(...options);
    const { more = 0 } = found;
    this.#more.textContent = more > 0 ? COMPOSER_TEXT.moreVariables(more.toLocaleString(LANGUAGE)) : "";
    this.#more.hidden = more === 0;
    const { box, frame } = this.#host;
    // The list stands below the box and the buttons.
    box.form?.append(this.#element);
    for (const [name, value] of this.#attributes()) setAttribute(frame, name, value);
    setAttribute(box, "aria-autocomplete", "list");
    setAttribute(box, "aria-controls", this.#id);
    this.#activate(0);
    this.#element.scrollIntoView({ block: "nearest" });
  }

  #attributes(): [string, string][] {
    return [
      ["role", "combobox"],
      ["aria-label", COMPOSER_TEXT.variables],
      ["aria-expanded", "true"],
      ["aria-controls", this.#id],
    ];
  }

  #close(): void {
    if (!this.#found) return;
    this.#found = undefined;
    const { box, frame } = this.#host;
    for (const [name] of this.#attributes()) setAttribute(frame, name, undefined);
    for (const name of ["aria-autocomplete", "aria-controls", "aria-activedescendant"])
      setAttribute(box, name, undefined);
    this.#element.remove();
  }

  #activate(index: number): void {
    this.#active = index;
    for (const [at, option] of [...this.#list.children].entries()) {
      setAttribute(option as HTMLElement, "aria-selected", String(at === index));
      if (at === index) option.scrollIntoView({ block: "nearest" });
    }
    setAttribute(this.#host.box, "aria-activedescendant", `${this.#id}-${index}`);
  }

  #choose(index: number): void {
    const { box } = this.#host;
    const { names = [], types = [] } = this.#found ?? {};
    const [name, query] = [names[index], this.#query];
    this.#close();
    this.#query = undefined;
    if (name === undefined || !query) return;
    const end = box.selectionEnd;
    const space = /^\s/.test(box.value.slice(end)) ? "" : " ";
    box.setRangeText(`${name}${space}`, query.start, end, "end");
    this.#host.choose({ name, type: types[index] ?? "" });
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

const attachMenu: AttachMenu = (host) => new Menu(host);

export default attachMenu;
