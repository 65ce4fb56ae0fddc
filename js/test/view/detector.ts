/** Detects hostile effects on the page: code that ran, requests, and forbidden elements or attributes. */

import { ATTRIBUTES, ELEMENTS } from "../../src/view/base/dom.ts";
import { MATH_ATTRIBUTES, MATH_ELEMENTS, MATHML } from "../../src/view/base/math-dom.ts";

/** Attributes that the view sets although they are not on its list, by element. */
const ADDRESSED: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "target", "rel"],
  img: ["src"],
  table: ["style"],
  td: ["style"],
  th: ["style"],
};

const LINK = /^(?:https?:\/\/|mailto:|#nbstream-)/;
const STYLE = /^width: [\d.]+em;$/;

export class Detector {
  ran = 0;
  readonly requests: string[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#note(list.getEntries()));
  readonly #undo: (() => void)[] = [];

  constructor() {
    this.#observer.observe({ type: "resource" });
    const run = () => {
      this.ran += 1;
    };
    for (const name of ["alert", "confirm", "prompt"] as const) this.#replace(window, name, run);
    for (const name of ["fetch", "open"] as const) {
      this.#replace(window, name, (...asked: unknown[]) => void this.requests.push(String(asked[0])));
    }
    this.#replace(navigator, "sendBeacon", (url: unknown) => this.requests.push(String(url)) > 0);
  }

  /** List everything forbidden that happened so far or stands in `root`. */
  check(root: Element): string[] {
    this.#note(this.#observer.takeRecords());
    const wrong = [...root.querySelectorAll("*")].flatMap(faults);
    if (this.ran) wrong.push(`ran ${this.ran} times`);
    return [...wrong, ...this.requests.map((url) => `asked for ${url}`)];
  }

  stop(): void {
    this.#observer.disconnect();
    for (const undo of this.#undo) undo();
  }

  #note(entries: readonly PerformanceEntry[]): void {
    this.requests.push(...entries.map((entry) => entry.name).filter((name) => /evil|\/x$/.test(name)));
  }

  #replace(holder: object, name: string, fake: unknown): void {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    Object.defineProperty(holder, name, { configurable: true, writable: true, value: fake });
    this.#undo.push(() => {
      if (before) Object.defineProperty(holder, name, before);
      else Reflect.deleteProperty(holder, name);
    });
  }
}

function faults(node: Element): string[] {
  const math = node.namespaceURI === MATHML;
  const [elements, attributes] = math ? [MATH_ELEMENTS, MATH_ATTRIBUTES] : [ELEMENTS, ATTRIBUTES];
  const wrong = elements.has(node.localName) ? [] : [`element ${node.localName}`];
  for (const { name, value } of node.attributes) {
    const known = attributes.has(name) || ADDRESSED[node.localName]?.includes(name);
    if (!known || /^on/i.test(name)) wrong.push(`attribute ${name} of ${node.localName}`);
    if (name === "href" && !LINK.test(value)) wrong.push(`address ${value}`);
    if (name === "href" && !value.startsWith("#") && node.getAttribute("rel") !== "noopener noreferrer") {
      wrong.push(`rel of ${value}`);
    }
    if (name === "style" && !STYLE.test(value)) wrong.push(`style ${value}`);
    if (name === "src") wrong.push(`loads ${value}`);
    if (name === "id" && !value.startsWith("nbstream-")) wrong.push(`id ${value}`);
  }
  return wrong;
}
