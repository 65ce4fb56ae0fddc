/**
 * The page's end of what is too heavy for the first bundle: each part is asked for once a page, and is
 * a module of its own.
 */

import { type AssetName, isAsset, VERSION } from "../core/protocol.ts";
import { unlike } from "../core/random-id.ts";
import type { Route } from "../transport/jupyter.ts";
import type { LineHighlighter, Parts } from "../view/markdown/lazy-parts.ts";

/** What the parts' modules export. */
export type Write = typeof import("./save.ts").default;

interface Exports {
  save: Write;
  code: (language: string) => LineHighlighter | undefined;
  math: (tex: string, display: boolean) => Node | undefined;
}

/** Milliseconds until a part that did not come is asked for again, by both ways. */
export const ASK_AGAIN = 3_000;

/** A kernel that hears only between its cells may be busy for a minute. */
export const ASKS = 20;

/** A part that failed is tried once more when it is needed next; then it is done without. */
const ATTEMPTS = 2;

/** How a part's module is got: its default export, or nothing. */
export type Get = (name: AssetName) => Promise<unknown>;

export class Delivery implements Parts {
  readonly #get: Get;
  readonly #parts = new Map<AssetName, Promise<unknown>>();
  readonly #attempts = new Map<AssetName, number>();
  #code: Exports["code"] | undefined;

  constructor(get: Get) {
    this.#get = get;
  }

  highlighter(language: string): LineHighlighter | undefined | Promise<LineHighlighter | undefined> {
    if (this.#code) return this.#code(language);
    return this.#part("code").then((code) => {
      this.#code = code;
      return code?.(language);
    });
  }

  math(): Promise<Exports["math"] | undefined> {
    return this.#part("math");
  }

  save(): Promise<Write | undefined> {
    return this.#part("save");
  }

  /** All who ask while it is on its way wait for the same one. */
  #part<Name extends AssetName>(name: Name): Promise<Exports[Name] | undefined> {
    const part = this.#parts.get(name) ?? this.#fetch(name);
    this.#parts.set(name, part);
    return part as Promise<Exports[Name] | undefined>;
  }

  async #fetch(name: AssetName): Promise<unknown> {
    const part = await this.#get(name).catch((error) =>
      console.warn("[nbstream] a part of the page's code could not be used", error),
    );
    if (typeof part === "function") return part;
    const attempts = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempts);
    if (attempts < ATTEMPTS) this.#parts.delete(name);
    return undefined;
  }
}

/** From the kernel, which sends a part's source. */
export function ofKernel(route: Route, signal: AbortSignal): Get {
  const page = unlike();
  const waiting = new Map<AssetName, (source: string | undefined) => void>();
  route.listen((wire) => {
    if (isAsset(wire) && wire.to === page) waiting.get(wire.asset)?.(wire.source);
  }, signal);
  const sourceOf = (name: AssetName) =>
    new Promise<string | undefined>((resolve) => {
      let timer: ReturnType<typeof setTimeout>;
      const settle = (source: string | undefined) => {
        clearTimeout(timer);
        waiting.delete(name);
        resolve(source);
      };
      const ask = (asked: number) => {
        if (signal.aborted || asked === ASKS) return settle(undefined);
        timer = setTimeout(() => ask(asked + 1), ASK_AGAIN);
        route.send({ v: VERSION, kind: "request_asset", page, asset: name }, asked > 0);
      };
      waiting.set(name, settle);
      signal.addEventListener("abort", () => settle(undefined), { once: true });
      ask(0);
    });
  return async (name) => {
    const source = await sourceOf(name);
    return source === undefined ? undefined : evaluated(source);
  };
}

/** A module's default export. A content policy may allow one kind of address and not the other. */
async function evaluated(source: string): Promise<unknown> {
  const blob = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ blob)).default;
  } catch {
    const data = `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`;
    return (await import(/* @vite-ignore */ data)).default;
  } finally {
    URL.revokeObjectURL(blob);
  }
}
