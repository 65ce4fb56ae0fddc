/**
 * Loader of the assets: code that is too heavy for the first bundle. Each asset is a module of its own, and
 * is loaded once for each page, when it is first needed.
 */

import { type AssetName, isAsset, VERSION } from "../core/protocol.ts";
import { randomId } from "../core/random-id.ts";
import type { Route } from "../transport/jupyter.ts";
import type { AttachMenu } from "../view/composer/variable-source.ts";
import type { Assets, ConvertOutput, LineHighlighter } from "../view/markdown/assets.ts";

export type { ShownChat } from "./move/move.ts";
export type MoveChat = typeof import("./move/move.ts").default;
export type WriteChats = typeof import("./save.ts").default;

/** The default export of each asset's module, by the asset's name. */
interface Exports {
  move: MoveChat;
  save: WriteChats;
  code: (language: string) => LineHighlighter | undefined;
  output: ConvertOutput;
  math: (tex: string, display: boolean) => Node | undefined;
  variables: AttachMenu;
}

/** If an asset has not come after this time, it is requested again, over the control channel and the comm. */
export const RETRY_INTERVAL_MS = 3_000;

/**
 * The most requests for one asset. They cover one minute, because a kernel may be busy that long, and some
 * kernels read messages only between cells.
 */
export const MAX_REQUESTS = 20;

/**
 * How often loading an asset is attempted. If it failed, it is attempted once more when the asset is needed
 * next; after that, the page does without the asset.
 */
const MAX_ATTEMPTS = 2;

/** Fetches an asset. Returns the default export of its module, or undefined if it cannot be fetched. */
export type FetchAsset = (name: AssetName) => Promise<unknown>;

export class LazyLoader implements Assets {
  readonly #fetchAsset: FetchAsset;
  readonly #assets = new Map<AssetName, Promise<unknown>>();
  readonly #attempts = new Map<AssetName, number>();
  #code: Exports["code"] | undefined;

  constructor(fetchAsset: FetchAsset) {
    this.#fetchAsset = fetchAsset;
  }

  highlighter(language: string): LineHighlighter | undefined | Promise<LineHighlighter | undefined> {
    if (this.#code) return this.#code(language);
    return this.#load("code").then((code) => {
      this.#code = code;
      return code?.(language);
    });
  }

  math(): Promise<Exports["math"] | undefined> {
    return this.#load("math");
  }

  output(): Promise<ConvertOutput | undefined> {
    return this.#load("output");
  }

  variables(): Promise<AttachMenu | undefined> {
    return this.#load("variables");
  }

  save(): Promise<WriteChats | undefined> {
    return this.#load("save");
  }

  move(): Promise<MoveChat | undefined> {
    return this.#load("move");
  }

  /** Load an asset; callers that need it at the same time share one request. */
  #load<Name extends AssetName>(name: Name): Promise<Exports[Name] | undefined> {
    const asset = this.#assets.get(name) ?? this.#fetch(name);
    this.#assets.set(name, asset);
    return asset as Promise<Exports[Name] | undefined>;
  }

  async #fetch(name: AssetName): Promise<unknown> {
    const asset = await this.#fetchAsset(name).catch((error) =>
      console.warn(`[nbstream] the asset ${name} could not be loaded; the page does without it`, error),
    );
    if (typeof asset === "function") return asset;
    const attempts = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempts);
    if (attempts < MAX_ATTEMPTS) this.#assets.delete(name);
    return undefined;
  }
}

/** Make the function that fetches assets from the kernel. The kernel sends the source of each asset. */
export function fromKernel(route: Route, signal: AbortSignal): FetchAsset {
  const page = randomId();
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
      const request = (sent: number) => {
        if (signal.aborted || sent === MAX_REQUESTS) return settle(undefined);
        timer = setTimeout(() => request(sent + 1), RETRY_INTERVAL_MS);
        route.send({ v: VERSION, kind: "request_asset", page, asset: name }, sent > 0);
      };
      waiting.set(name, settle);
      signal.addEventListener("abort", () => settle(undefined), { once: true });
      request(0);
    });
  return async (name) => {
    const source = await sourceOf(name);
    return source === undefined ? undefined : evaluate(source);
  };
}

/**
 * Evaluate a module and return its default export. The page's content security policy may allow `blob:` and
 * not `data:`, or the other way round.
 */
async function evaluate(source: string): Promise<unknown> {
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
